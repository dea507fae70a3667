import { expect, it } from 'vitest'
import { definitionPath, recordsPath, tableStem } from './entry-names.ts'

it.each([
  ['stores', '0001-stores'],
  ['Öffnungszeiten (Gent)', '0001-offnungszeiten-gent'],
  ['../../etc/passwd', '0001-etc-passwd'],
  ['CON', '0001-con'],
  ['a'.repeat(60), `0001-${'a'.repeat(40)}`],
  [`${'a'.repeat(39)}--b`, `0001-${'a'.repeat(39)}-`.replace(/-$/, '')],
  ['🎈', '0001'],
  ['', '0001'],
  ['-', '0001'],
])('a table called %j has files that begin with %s', (name, stem) => {
  expect(tableStem(0, name)).toBe(stem)
})

it('the number alone identifies the table', () => {
  expect(tableStem(1, 'Stores')).not.toBe(tableStem(2, 'stores'))
  expect(tableStem(12_344, 'x')).toBe('12345-x')
})

it('the version is in the name of a file of records', () => {
  expect(definitionPath('0001-stores')).toBe('tables/0001-stores.json')
  expect(recordsPath('0001-stores', 'LIVE')).toBe('records/0001-stores.live.ndjson')
})
