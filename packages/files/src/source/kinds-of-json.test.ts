/** JSON as programs write it: late keys, digits, keys given twice, what is too long or too deep. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { ColumnType } from '@chatlayer-tables/contract'
import { InvalidInputError } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAll } from '../../test/reading.ts'
import { problemOfJsonText } from '../values/json-text.ts'
import { cellReader } from '../values/read-cell.ts'
import { openSource } from './open-source.ts'
import type { Source, SourceRow } from './source.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transfer-json-'))
})

afterAll(() => rm(folder, { recursive: true }))

const read = cellReader()

async function allOf({ rows }: Source): Promise<SourceRow[]> {
  const all: SourceRow[] = []
  for await (const row of rows) all.push(row)
  return all
}

/** The values of a line of NDJSON, or why they are none. */
async function valuesOf(line: string, type: ColumnType): Promise<unknown[]> {
  const { rows, error } = await readAll(`${line}\n`)
  if (error !== undefined) throw error
  return (rows[0]?.cells ?? []).map((cell) => {
    try {
      return read(cell, type, 'values.x')
    } catch (problem) {
      if (problem instanceof InvalidInputError) return problem.message
      throw problem
    }
  })
}

describe('a key that only late records have', () => {
  const lines = [
    ...Array.from({ length: 3000 }, (_, index) => JSON.stringify({ a: index })),
    '{"a":1,"late":[2]}',
    '{"__proto__":3}',
  ]

  it.each([
    ['x.ndjson', Buffer.from(lines.join('\n'))],
    ['x.ndjson.gz', gzipSync(lines.join('\n'))],
    ['x.json', Buffer.from(`[${lines.join(',\n')}]`)],
    ['x16.ndjson', Buffer.from(`\ufeff${lines.join('\n')}`, 'utf16le')],
  ])('is a column of a file: %s', async (name, bytes) => {
    const path = join(folder, name)
    await writeFile(path, bytes)
    const source = await openSource({ path })
    expect(source.header).toEqual(['a', 'late', '__proto__'])
    const rows = await allOf(source)
    expect(rows).toHaveLength(3002)
    expect(rows[0]?.cells).toEqual([{ json: 0 }, null, null])
    expect(rows[3000]?.cells).toEqual([{ json: 1 }, { json: [2] }, null])
    expect(rows[3001]?.cells).toEqual([null, null, { json: 3 }])
    expect(rows.every(({ problem }) => problem === undefined)).toBe(true)
  })

  it('does not hide where the file stops being readable', async () => {
    const path = join(folder, 'broken.ndjson')
    await writeFile(path, [...lines, '{"a":', '{"later":1}'].join('\n'))
    const source = await openSource({ path })
    expect(source.header).toEqual(['a', 'late', '__proto__'])
    await expect(allOf(source)).rejects.toThrow('line 3003: this is not JSON')
  })

  it('makes no header of values that are keys', async () => {
    const objects = Array.from({ length: 20_000 }, (_, index) => `{"k${index}":1}`)
    const path = join(folder, 'keys.ndjson')
    await writeFile(path, objects.join('\n'))
    await expect(openSource({ path })).rejects.toThrow('more than 16,384 different keys')
  })
})

describe('numbers', () => {
  it('keep their digits in a text column', async () => {
    expect(
      await valuesOf('{"a":1.10,"b":1e2,"c":1.0,"d":-0,"e":12345678901234567890,"f":7}', 'text'),
    ).toEqual(['1.10', '1e2', '1.0', '-0', '12345678901234567890', '7'])
  })

  it('keep them in a numeric column too', async () => {
    expect(JSON.stringify(await valuesOf('{"a":1.10,"b":0.1000}', 'numeric'))).toBe('[1.10,0.1000]')
  })

  it('are whole in an int column where nothing follows the point', async () => {
    expect(await valuesOf('{"a":1.0,"b":1e2,"c":9007199254740993,"d":-3.00}', 'int')).toEqual([
      '1',
      100,
      9007199254740993n,
      '-3',
    ])
    expect(await valuesOf('{"a":1.5}', 'int')).toEqual(['values.x: "1.5" is not a whole number'])
    expect(await valuesOf('{"a":1.0,"b":0.0}', 'bool')).toEqual([true, false])
  })

  it('are rejected at once when they are longer than any column holds', async () => {
    const digits = '9'.repeat(3_000_000)
    for (const type of ['numeric', 'jsonb', 'text', 'int'] as const) {
      const [first, second] = await valuesOf(`{"a":${digits},"b":[${digits}]}`, type)
      expect(first).toContain('more digits than a numeric column holds')
      expect(second).toContain('more digits than a numeric column holds')
    }
    expect(() => read(`[${digits}]`, 'jsonb', 'values.x')).toThrow('more digits')
  })
})

describe('a key given twice', () => {
  const repeated = (key: string) => `the key "${key}" is given more than once in an object`

  it('is reported with the last value, and rejects that column only', async () => {
    const [a, b] = await valuesOf('{"a":1,"b":2,"a":3}', 'int')
    expect(a).toBe(`values.x: "3" cannot be taken: ${repeated('a')}`)
    expect(b).toBe(2)
  })

  it.each([
    ['{"a":{"x":1,"x":2}}', 'x'],
    ['{"a":[{"y":{}},{"y":1,"z":[],"y":2}]}', 'y'],
    ['{"a":{"x":1,"\\u0078":2}}', 'x'],
    ['{"a":{"__proto__":1,"__proto__":2}}', '__proto__'],
    ['{"a":{"":1, "" :2}}', ''],
  ])('is reported when nested: %s', async (line, key) => {
    expect((await valuesOf(line, 'jsonb'))[0]).toContain(repeated(key))
    const text = line.slice(5, -1)
    expect(() => read(text, 'jsonb', 'values.x')).toThrow(repeated(key))
  })

  it('is reported exactly when there is one', () => {
    const keys = fc.constantFrom('a', 'b', '__proto__', 'a"b', '')
    const { tree } = fc.letrec<{ tree: { text: string; twice: boolean } }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(
          { text: '1.50', twice: false },
          { text: '"a\\\\\\":{"', twice: false },
          { text: 'null', twice: false },
        ),
        fc.array(fc.tuple(keys, tie('tree')), { maxLength: 4 }).map((entries) => ({
          text: `{${entries.map(([key, { text }]) => `${JSON.stringify(key)} :${text}`).join(', ')}}`,
          twice:
            entries.some(([, { twice }]) => twice) ||
            new Set(entries.map(([key]) => key)).size < entries.length,
        })),
        fc.array(tie('tree'), { maxLength: 3 }).map((items) => ({
          text: `[${items.map(({ text }) => text).join(',')}]`,
          twice: items.some(({ twice }) => twice),
        })),
      ),
    }))
    fc.assert(
      fc.property(tree, ({ text, twice }) => {
        expect(problemOfJsonText(text, JSON.parse(text)) !== undefined).toBe(twice)
      }),
    )
  })
})

describe('what no table stores', () => {
  it.each<[string, ColumnType, string]>([
    ['{"a":"x\\u0000y"}', 'text', 'U+0000'],
    ['{"a":{"b":["x\\u0000"]}}', 'jsonb', 'U+0000'],
    ['{"a":{"\\u0000":1}}', 'jsonb', 'U+0000'],
    ['{"a":"x\\ud83d"}', 'text', 'half a character'],
    ['{"a":["\\udc00x"]}', 'jsonb', 'half a character'],
  ])('is rejected: %s as %s', async (line, type, reason) => {
    expect((await valuesOf(line, type))[0]).toContain(reason)
  })

  it('is rejected in other formats with the same words', async () => {
    expect(() => read('x\0y', 'text', 'values.x')).toThrow('U+0000')
    expect(() => read('{"a":"\\u0000"}', 'jsonb', 'values.x')).toThrow('U+0000')
    expect(read('{"a":"\\\\u0000 😀"}', 'jsonb', 'values.x')).toEqual({ a: '\\u0000 😀' })
  })
})

it('JSON nested deep is a row like any other here, and comes to its end', async () => {
  const depth = 200_000
  const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`
  const { rows, error } = await readAll(`{"a":1}\n{"a":${deep}}\n{"a":2}\n`)
  expect(error).toBeUndefined()
  expect(rows).toHaveLength(3)
  expect(() => read(rows[1]?.cells[0] ?? null, 'int', 'values.x')).toThrow('is not a whole number')
})
