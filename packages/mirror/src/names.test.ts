import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldName, quoteName, sqlNames } from './names.ts'

test.each<[readonly string[], readonly string[]]>([
  [
    ['a', 'b'],
    ['a', 'b'],
  ],
  [
    ['Name', 'name', 'NAME'],
    ['Name', 'name_2', 'NAME_3'],
  ],
  [
    ['a', 'a', 'a_2'],
    ['a', 'a_3', 'a_2'],
  ],
  // SQLite folds the letters A to Z alone.
  [
    ['É', 'é'],
    ['É', 'é'],
  ],
  [
    ['sqlite_x', 'SQLITE_y', '__mirror_tables'],
    ['_sqlite_x', '_SQLITE_y', '___mirror_tables'],
  ],
  [
    ['', ''],
    ['unnamed', 'unnamed_2'],
  ],
  [['a\0b'], ['a\uFFFDb']],
])('%j as %j', (names, expected) => {
  expect(sqlNames(names)).toEqual(expected)
})

test('names that are taken come first', () => {
  expect(sqlNames(['ID', 'id_2'], ['id'])).toEqual(['ID_3', 'id_2'])
})

test('are unique in SQLite, and each is identified by its place', () => {
  const name = fc.oneof(fc.constantFrom('a', 'A', 'a_2', 'A_2', 'a_2_2', ''), fc.string())
  fc.assert(
    fc.property(fc.array(name), (names) => {
      const found = sqlNames(names)
      expect(found).toHaveLength(names.length)
      expect(new Set(found.map(foldName)).size).toBe(names.length)
    }),
  )
})

test('quotes in a name are doubled', () => {
  expect(quoteName('a"b')).toBe('"a""b"')
})
