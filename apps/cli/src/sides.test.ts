import { expect, it } from 'vitest'
import { checkSides, sideKind } from './sides.ts'

const there = (path: string) => path === 'stores'
const nothing = () => false

it.each([
  ['-', 'file'],
  ['stores.csv', 'file'],
  ['STORES.XLSX', 'file'],
  ['stores.ndjson.gz', 'file'],
  ['dir/stores', 'file'],
  ['C:\\data\\stores', 'file'],
  ['C:\\data\\stores@live', 'file'],
  ['c:/data/stores', 'file'],
  ['/data/stores@live', 'file'],
  ['./stores@live', 'file'],
  ['../stores', 'file'],
  ['stores@live', 'table'],
  ['stores.csv@draft', 'table'],
  ['prod:stores', 'table'],
  [':stores', 'table'],
  [':stores.csv', 'table'],
  [':a/b', 'table'],
  ['stores', 'table'],
  ['some.thing', 'table'],
])('%s is a %s', (text, kind) => {
  expect(sideKind(text, nothing)).toBe(kind)
})

it('the name of an existing file is a file, unless marked as a table', () => {
  expect(['stores', ':stores', 'stores@live'].map((text) => sideKind(text, there))).toEqual([
    'file',
    'table',
    'table',
  ])
  // A folder is not a file.
  expect(sideKind('src')).toBe('table')
})

it('--live and stdin twice are errors', () => {
  const flags = { a: '-', b: 'x', live: false, key: [], columns: [], ignore: [], map: [] }
  expect(() => checkSides(flags)).not.toThrow()
  expect(() => checkSides({ ...flags, b: '-' })).toThrow('stdin')
  expect(() => checkSides({ ...flags, live: true })).toThrow('--live')
})
