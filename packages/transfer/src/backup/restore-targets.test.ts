import type { Table } from '@chatlayer-tables/core'
import { expect, it } from 'vitest'
import type { ArchivedTable } from './archive.ts'
import { keyOf, matchTable, readMappings, targetOf } from './restore-targets.ts'

function archived(name: string, columns: readonly string[] = ['code'], id = name): ArchivedTable {
  return {
    id,
    name,
    description: '',
    definition: { path: '', bytes: 0, sha256: '' },
    records: [],
    columns: columns.map((column) => ({ name: column, type: 'text' })),
  }
}

function table(name: string, id = name, columns: readonly string[] = ['code']): Table {
  return { id, name, columns: columns.map((column) => ({ name: column, type: 'varchar' })) }
}

it('a mapping is of a table where a table has that name, else of a column', () => {
  const dotted = archived('a.b', ['c'])
  const plain = archived('a', ['b', 'b.c'])
  const mapping = readMappings(
    [
      ['a.b', 'x'],
      ['a.b.c', 'y'],
      ['nothing', 'z'],
    ],
    [dotted, plain],
  )
  expect([...mapping.tables]).toEqual([[dotted, 'x']])
  expect(mapping.columns.get(dotted)).toEqual(new Map([['c', 'y']]))
  expect(mapping.columns.get(plain)).toEqual(new Map([['b.c', 'y']]))
  expect(mapping.problems).toMatchObject([{ reason: expect.stringContaining('"nothing"') }])
})

it('the target is the table of the same name; of several, the one with the same id', () => {
  const tables = [table('stores', '1'), table('stores', '2'), table('faq', '3')]
  expect(targetOf(archived('faq'), undefined, tables)).toEqual({ found: tables[2] })
  expect(targetOf(archived('stores', [], '2'), undefined, tables)).toEqual({ found: tables[1] })
  expect(targetOf(archived('stores', [], '9'), undefined, tables)).toMatchObject({
    problem: { fix: expect.stringContaining('1, 2') },
  })
  expect(targetOf(archived('x'), '1', tables)).toEqual({ found: tables[0] })
})

it('a table that was renamed is named, and not taken without being asked for', () => {
  const target = targetOf(archived('stores', [], '7'), undefined, [table('old things', '7')])
  expect(target).toMatchObject({
    problem: {
      fix: expect.stringContaining('map "stores" to "old things"'),
      situation: { code: 'RESTORE_MAPPING_FOUND', data: { from: 'stores', to: 'old things' } },
    },
  })
})

it('columns are matched by name or mapping, and their types by what they mean', () => {
  const target = table('t', 't', ['code', 'label'])
  const source = archived('t', ['code', 'name'])
  expect(matchTable(source, new Map([['name', 'label']]), target)).toEqual({
    columns: [
      ['code', 'code'],
      ['name', 'label'],
    ],
    problems: [],
  })
  expect(matchTable(source, new Map([['name', 'code']]), target).problems).toMatchObject([
    { reason: '"code" and "name" are both restored into the column "code"' },
  ])
})

it("a table's own key goes before that of all", () => {
  const keys = [{ columns: ['code'] }, { table: 'a', columns: ['cod'] }]
  expect(keyOf(archived('b'), table('b'), keys)).toEqual({ key: ['code'], problems: [] })
  expect(keyOf(archived('a'), table('a'), keys).problems).toMatchObject([
    { fix: 'Did you mean "code"?' },
  ])
})
