import { expect, it } from 'vitest'
import { sideKind } from './side-kind.ts'
import { checkSides } from './sides.ts'

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
  ['postgres://user@host/db#public.stores', 'address'],
  ['postgresql://host/db', 'address'],
  ['MYSQL://host/db#stores', 'address'],
  ['sqlite:shop.db#stores', 'address'],
  ['sqlite:C:\\\\data\\\\shop.db', 'address'],
  ['https://shop.example/products.csv', 'address'],
  ['https://shop.example/stores@live', 'address'],
  ['connection:warehouse#stores', 'address'],
  ['connection:shop/products?page=1', 'address'],
  ['postgres://warehouse#public.stores', 'address'],
  // Tables of profiles with these names.
  ['https:stores', 'table'],
  ['postgres:stores', 'table'],
  [':https://x', 'table'],
  ['./https://x', 'file'],
  ['./connection:x', 'file'],
  [':connection:x', 'table'],
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
