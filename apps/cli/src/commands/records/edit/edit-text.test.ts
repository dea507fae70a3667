import type { Table, TableRecord, Value } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvFormat } from './edit-text.ts'
import { yamlFormat } from './edit-yaml.ts'
import { findEdits } from './edits.ts'

const table: Table = {
  id: 't',
  botId: 'b',
  name: 'stores',
  description: '',
  columns: [
    { name: 'code', type: 'text' },
    { name: 'id', type: 'text' },
    { name: 'size', type: 'int' },
    { name: 'price', type: 'numeric' },
    { name: 'open', type: 'bool' },
    { name: '12', type: 'jsonb' },
  ],
}
const FORMATS = { csv: csvFormat, yaml: yamlFormat }

function record(index: number, values: Record<string, Value>): TableRecord {
  return { id: `id-${index}`, createdAt: '', updatedAt: '', values }
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    '00501',
    'null',
    '~',
    'yes',
    '1e3',
    ' a ',
    'a\nb\n',
    '- x',
    '#',
    '\t',
    '"',
    "'",
  ),
)
const values = fc.record({
  code: fc.option(text),
  id: fc.option(text),
  size: fc.option(fc.oneof(fc.integer(), fc.constant(2n ** 60n))),
  price: fc.option(fc.constantFrom('12.50', '0.10', '12345678901234567890.123456789')),
  open: fc.option(fc.boolean()),
  12: fc.option(fc.jsonValue({ maxDepth: 2 }).filter((value) => value !== null)),
}) as fc.Arbitrary<Record<string, Value>>

describe.each(Object.entries(FORMATS))('%s', (_, format) => {
  it('reads back what it writes: no edit is found in an unedited file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(values, { maxLength: 4 }), async (rows) => {
        const records = rows.map((row, index) => record(index, row))
        const written = await format.write(table, records, 'a heading')
        const read = await format.read(written, table)
        expect(read.problems).toEqual([])
        expect(read.rows.map(({ id }) => id)).toEqual(records.map(({ id }) => id))
        for (const [index, row] of read.rows.entries()) {
          const { code, id, price } = rows[index] ?? {}
          expect(row.values).toMatchObject({ code, id, price })
        }
        const edits = findEdits(records, read, read, { mayInsert: false })
        expect(edits).toEqual({ updates: [], inserts: [], removed: [], problems: [] })
      }),
    )
  })

  it('finds edits, new rows and removed rows, and names the lines of mistakes', async () => {
    const records = [0, 1, 2].map((n) => record(n, { code: `0050${n}`, size: n, open: null }))
    const original = await format.write(table, records, 'a heading')
    const before = await format.read(original, table)
    const edited = original.replace('00501', '00599').replace('id-2', '')
    const edits = async (changed: string, mayInsert = true) =>
      findEdits(records, before, await format.read(changed, table), { mayInsert })
    const found = await edits(edited)
    expect(found.problems).toEqual([])
    expect(found.updates).toMatchObject([{ id: 'id-1', set: { code: '00599' } }])
    expect(Object.keys(found.updates[0]?.set ?? {})).toEqual(['code'])
    expect(found.inserts).toMatchObject([{ code: '00502', size: '2' }])
    expect(found.removed.map(({ id }) => id)).toEqual(['id-2'])
    expect((await edits(edited, false)).problems[0]?.message).toContain('--insert')
    const twice = await edits(original.replace('id-2', 'id-0'))
    expect(twice.problems[0]?.message).toMatch(/the record id-0 is on line \d+ as well/)
    const unknown = await edits(original.replace('id-2', 'id-9'))
    expect(unknown.problems[0]?.message).toContain('id-9')
    expect(unknown.problems[0]?.line).toBeGreaterThan(2)
  })
})

describe('yaml', () => {
  it('takes values without quotes by the type of their column', async () => {
    const read = await yamlFormat.read(
      '- id (do not edit): a\n  code: 00501\n  size: 7\n  price: 1.10\n  open: yes\n  12: word\n',
      { ...table, columns: table.columns.filter(({ name }) => name !== 'id') },
    )
    expect(read.problems).toEqual([])
    expect(read.rows[0]).toMatchObject({
      id: 'a',
      values: { code: '00501', price: '1.10', open: true, 12: 'word' },
    })
  })

  it('reports what is no list of maps', async () => {
    expect((await yamlFormat.read('code: a', table)).problems[0]?.message).toContain('list')
    expect((await yamlFormat.read('- 1', table)).problems[0]?.message).toContain('map')
    expect((await yamlFormat.read('- a: [', table)).problems).not.toEqual([])
  })
})
