import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EmulatorError } from '../src/index.ts'
import { act, pathOf, send, start } from './support.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chatlayer-tables-seed-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function seeded(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return start({ seed: folder })
}

describe('a CSV file', () => {
  test('is a table with types inferred; an empty cell is null, a quoted one is empty', async () => {
    const emulator = await seeded({
      'stores.csv': [
        '\ufeffcode,name,size,price,open,since',
        '007,"Ghent, ""centre""",12,1.50,true,2020-05-01',
        '"","two\nlines",,,,',
        '',
      ].join('\r\n'),
    })
    expect(emulator.tables.list()).toMatchObject([
      {
        name: 'stores',
        columns: [
          { name: 'code', type: 'text' },
          { name: 'name', type: 'text' },
          { name: 'size', type: 'int' },
          { name: 'price', type: 'numeric' },
          { name: 'open', type: 'bool' },
          { name: 'since', type: 'timestamp' },
        ],
      },
    ])
    expect(emulator.tables.records('stores').map(({ values }) => values)).toEqual([
      {
        code: '007',
        name: 'Ghent, "centre"',
        size: 12,
        price: '1.50',
        open: true,
        since: '2020-05-01T00:00:00.000Z',
      },
      { code: '', name: 'two\nlines', size: null, price: null, open: null, since: null },
    ])
  })

  test('takes its types, order, description and version from a schema file', async () => {
    const emulator = await seeded({
      'stores.csv': 'size,extra\n12,"{""a"": 1}"\n',
      'stores.schema.json': JSON.stringify({
        description: 'Where we are',
        version: 'LIVE',
        columns: [
          { name: 'extra', type: 'jsonb' },
          { name: 'size', type: 'text' },
          { name: 'later', type: 'int' },
        ],
      }),
    })
    expect(emulator.tables.list()[0]).toMatchObject({ description: 'Where we are' })
    expect(emulator.tables.count('stores', 'DRAFT')).toBe(0)
    expect(emulator.tables.records('stores', 'LIVE')[0]?.values).toEqual({
      extra: { a: 1 },
      size: '12',
      later: null,
    })
  })
})

describe('a JSON file', () => {
  test('is a table of its objects, numbers exact', async () => {
    const emulator = await seeded({
      'leads.json': `[
        {"id": 12345678901234567, "name": "Ann", "score": 1.10, "tags": ["a", 1.0]},
        {"name": null, "tags": "none", "late": false}
      ]`,
    })
    expect(emulator.tables.list()[0]?.columns).toEqual([
      { name: 'id', type: 'int' },
      { name: 'name', type: 'text' },
      { name: 'score', type: 'numeric' },
      { name: 'tags', type: 'jsonb' },
      { name: 'late', type: 'bool' },
    ])
    const { text } = await act(emulator, 'leads', { type: 'SELECT' })
    expect(text).toContain(
      '"values":{"id":12345678901234567,"name":"Ann","score":"1.10","tags":["a",1.0],"late":null}',
    )
    expect(text).toContain(
      '"values":{"id":null,"name":null,"score":null,"tags":"none","late":false}',
    )
  })
})

test('a schema alone is an empty table, and other files are left alone', async () => {
  const emulator = await seeded({
    'empty.schema.json': '{"columns":[{"name":"a","type":"varchar"}]}',
    'README.md': 'not a seed',
    '.hidden.json': 'not one either',
  })
  expect(emulator.tables.list()).toMatchObject([{ name: 'empty' }])
  expect(emulator.tables.count('empty')).toBe(0)
})

test('_customers.json holds the customers', async () => {
  const emulator = await seeded({ '_customers.json': '[{"name":"Ann","phone":"+32"}]' })
  const answer = await send(emulator, `/api/v1/teams/${emulator.teamId}/customers`)
  expect(answer.json).toMatchObject({
    data: [{ profile: { name: 'Ann', email: '', phone: '+32' } }],
    meta: { total: 1 },
  })
  expect((await send(emulator, pathOf(emulator))).json).toEqual({ data: [] })
})

test.each([
  [{ 'a.csv': 'x,x\n1,2\n' }, 'a.csv: two columns have the same name'],
  [{ 'a.csv': 'x,y\n1\n' }, /^a\.csv: .*line 2/],
  [{ 'a.csv': '' }, 'table "a" must have columns or a schema file'],
  [{ 'a.csv': 'x\n1\n', 'a.json': '[]' }, 'table "a" must have one seed'],
  [{ 'a.json': '{"x":1}' }, 'a.json: a seed must be a list of objects'],
  [{ 'a.json': '[1]' }, 'a.json: a seed must be a list of objects'],
  [{ 'a.json': '[{]' }, /^a\.json: /],
  [{ '_customers.json': '{' }, /^_customers\.json: /],
  [{ '_customers.json': '[{"nick":"Ann"}]' }, /^_customers\.json: .*nick/s],
  [{ 'a.schema.json': '{"columns":[]}' }, /^a\.schema\.json: /],
  [
    { 'a.schema.json': '{"columns":[{"name":"x","type":"money"}]}' },
    /^a\.schema\.json: .*text, int/s,
  ],
  [
    { 'a.schema.json': '{"columns":[{"name":"x","type":"int"}],"rows":1}' },
    /^a\.schema\.json: .*rows/s,
  ],
  [
    { 'a.csv': 'x\nz\n', 'a.schema.json': '{"columns":[{"name":"x","type":"int"}]}' },
    'table "a", column "x": invalid input syntax for type int: "z"',
  ],
  [
    { 'a.csv': 'y\n1\n', 'a.schema.json': '{"columns":[{"name":"x","type":"int"}]}' },
    'table "a" has no column "y"',
  ],
])('a problem is reported with its file: %j', async (files, message) => {
  const starting = seeded(files as Record<string, string>)
  await expect(starting).rejects.toThrow(EmulatorError)
  await expect(starting).rejects.toThrow(message)
})

test('a folder that is not there', async () => {
  await expect(start({ seed: join(folder, 'nope') })).rejects.toThrow(
    'the seed folder cannot be read',
  )
})
