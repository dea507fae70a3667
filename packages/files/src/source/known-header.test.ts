import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readAll, rejectionOf } from '../../test/reading.ts'
import { inferColumns } from '../infer/infer.ts'
import { openSource } from './open-source.ts'
import type { SourceCell } from './source.ts'

const header = fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 6 })
const value = fc.oneof(fc.constant(null), fc.integer(), fc.string(), fc.boolean())

/** The plain value of a cell that was read from JSON. */
function plain(cell: SourceCell): unknown {
  return cell === null || typeof cell === 'string' ? cell : cell.json
}

it('rows under a known header have its columns in its order, whatever the objects hold', async () => {
  const table = header.chain((names) =>
    fc.record({
      names: fc.constant(names),
      // Some keys are missing, and the order is any.
      rows: fc.array(
        fc
          .shuffledSubarray(names)
          .chain((some) => fc.tuple(...some.map((name) => fc.tuple(fc.constant(name), value)))),
        { maxLength: 5 },
      ),
    }),
  )
  await fc.assert(
    fc.asyncProperty(table, async ({ names, rows }) => {
      const text = rows
        .map((row) => {
          const members = row.map(([name, is]) => `${JSON.stringify(name)}:${JSON.stringify(is)}`)
          return `{${members.join(',')}}\n`
        })
        .join('')
      const read = await readAll(text, { format: 'ndjson', encoding: 'utf-8', header: names })
      expect(read.error).toBeUndefined()
      expect(read.header).toEqual(names.map((name) => (name.trim() === '' ? null : name)))
      const expected = rows.map((row) => {
        const byName = new Map<string, unknown>(row)
        return names.map((name) => byName.get(name) ?? null)
      })
      expect(read.rows.map(({ cells }) => cells.map(plain))).toEqual(expected)
      expect(read.rows.map(({ line }) => line)).toEqual(rows.map((_, index) => index + 1))
    }),
  )
})

it('an input without objects has the columns', async () => {
  const { columns, rows } = await inferColumns(
    await openSource({ stream: none() }, { format: 'ndjson', header: ['a', 'b'] }),
  )
  expect([columns.map(({ name }) => name), rows]).toEqual([['a', 'b'], 0])
})

async function* none(): AsyncGenerator<Uint8Array> {}

it('a key that only a late object has is read from a stream, and any other is a problem', async () => {
  const text = `${'{"a":1}\n'.repeat(1_500)}{"a":1,"b":2}\n{"c":3}\n`
  const { rows } = await readAll(text, { format: 'ndjson', header: ['a', 'b'] })
  expect(rows.at(-2)?.cells.map(plain)).toEqual([1, 2])
  expect(rows.at(-1)?.problem?.message).toBe('the key "c" is not among the known columns')
})

it('two columns of the same name are rejected', async () => {
  const read = readAll('', { format: 'ndjson', header: ['a', 'a'] })
  expect((await rejectionOf(read)).message).toBe('several columns have the same name')
})

it('an open file is read several times, also without a name, and stays open', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'open-file-'))
  const path = join(folder, 'x')
  await writeFile(path, '{"a":1}\n'.repeat(2_000))
  await using file = await open(path)
  await rm(folder, { recursive: true })
  for (let time = 0; time < 2; time++) {
    const source = await openSource({ file, name: 'x' })
    let count = 0
    for await (const _ of source.rows) count++
    expect([count, source.bytesRead(), source.bytesTotal]).toEqual([2_000, 16_000, 16_000])
  }
})

it('names the place of a row as the input asks for', async () => {
  const source = await openSource(
    {
      stream: (async function* () {
        yield Buffer.from('{"a":1}\n{"a":"x"}\n')
      })(),
    },
    { format: 'ndjson', place: 'row' },
  )
  const { columns } = await inferColumns(source)
  expect(columns[0]?.evidence).toContain('"x" (row 2)')
})
