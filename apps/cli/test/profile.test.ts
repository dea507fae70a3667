/** `clt profile` of a table, as a whole and by samples. */
import { expect, it } from 'vitest'
import { run } from './cli.ts'
import { useEmulator } from './fixture.ts'

const records = Array.from({ length: 2_000 }, (_, index) => ({
  code: `C${index}`,
  city: index % 4 === 0 ? null : index % 2 === 0 ? 'Ghent' : 'Bruges',
  price: `${index}.50`,
}))
records.push({ code: 'C1', city: 'ghent', price: '-1' })
records.push({ code: '\u001b[2J', city: 'a\u200bb', price: '9' })
const { emulator, env } = await useEmulator({
  keep: true,
  tables: [
    {
      name: 'stores',
      columns: [
        { name: 'code', type: 'text' },
        { name: 'city', type: 'text' },
        { name: 'price', type: 'numeric' },
      ],
      records,
    },
    { name: 'empty', columns: [{ name: 'a', type: 'int' }] },
  ],
})

async function json(...args: string[]) {
  const { code, stdout, stderr } = await run(['profile', 'stores', ...args, '--json'], env)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout)
}

it('shows fill, distinct values, range, frequent and suspicious values', async () => {
  const found = await json()
  expect(found).toMatchObject({
    table: 'stores',
    version: 'DRAFT',
    records: 2_002,
    lookedAt: 2_002,
  })
  const [code, city, price] = found.columns
  expect(code).toMatchObject({ filled: 2_002, nulls: 0, distinct: 2_001, distinctIsExact: true })
  expect(code.suspects).toMatchObject([
    { kind: 'invisible', count: 1 },
    { kind: 'nearly-unique', examples: [{ value: 'C1 (2)' }] },
  ])
  expect(city).toMatchObject({ filled: 1_502, nulls: 500, distinct: 4, minLength: 3, maxLength: 6 })
  expect(city.frequent.slice(0, 2)).toEqual([
    { value: 'Bruges', count: 1_000 },
    { value: 'Ghent', count: 500 },
  ])
  expect(price).toMatchObject({ min: '-1', max: '1999.50', suspects: [] })
})

it('shows it with bars, and escapes control characters', async () => {
  const { code, stdout } = await run(['profile', 'stores', '--select', 'city, code'], env)
  expect(code).toBe(0)
  const lines = stdout.split('\n')
  expect(lines.slice(0, 7)).toEqual([
    '"stores" (DRAFT): 2,002 records',
    '',
    'city  text',
    '  filled     ███████████████       75.0%  1,502, 500 null',
    '  distinct   4',
    '  range      3 to 6 characters',
    '  frequent   Bruges  █████████████▍        66.6%  1,000',
  ])
  expect(stdout).toContain('1 value: with invisible characters\n')
  expect(stdout).toContain('"a\\u200bb" in ')
  expect(stdout).toContain('"\\u001b[2J" in ')
  expect(stdout).not.toContain('\u001b')
  expect(stdout).not.toContain('price')
})

it('reads only a sample from all parts of the table', async () => {
  emulator.requests.clear()
  const { records, lookedAt, columns } = await json('--sample', '300', '--select', 'price')
  expect({ records, lookedAt }).toEqual({ records: 2_002, lookedAt: 300 })
  expect(Number(columns[0].max) - Number(columns[0].min)).toBeGreaterThan(1_200)
  expect(columns[0].distinct).toBe(300)
  expect(emulator.requests.counts.total).toBeLessThan(15)
  const some = await json('--sample', '50', '--where', 'city contains hen', '--top', '1')
  expect(some).toMatchObject({ records: 501, lookedAt: 50 })
  expect(some.columns[1].frequent).toEqual([{ value: 'Ghent', count: expect.any(Number) }])
  expect((await json('--sample', '9999')).lookedAt).toBe(2_002)
})

it('rejects an unknown column, and accepts an empty table', async () => {
  const refused = await run(['profile', 'stores', '--select', 'town'], env)
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toContain('no column "town"')
  const { code, stdout } = await run(['profile', 'empty'], env)
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `"empty" (DRAFT): 0 records\n\na  int\n  filled     ${' '.repeat(20)}   0.0%  0\n`,
  })
})
