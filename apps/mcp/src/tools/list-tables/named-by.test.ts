import { expect, it } from 'vitest'
import { namedBy } from './named-by.ts'

it('a name refers to a table if it is unique and plain', () => {
  const names = ['twice', 'twice', 'a:b', 'a@live', 'a\u202eb', 'a\\b', ' ', 'order lines', 'Liège']
  expect(names.filter(namedBy(names))).toEqual(['order lines', 'Liège'])
})
