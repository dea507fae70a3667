import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

const columns = ['first_name', 'Last Name', 'phone', 'city', 'zip', 'created']

test.each([
  ['firstName', 'first_name'],
  ['FIRST-NAME', 'first_name'],
  ['last_name', 'Last Name'],
  ['phnoe', 'phone'],
  ['phones', 'phone'],
  ['cty', 'city'],
  ['citty', 'city'],
  ['Zîp', 'zip'],
  ['createdAt', 'created'],
])('%s means %s', (name, meant) => {
  expect(nearest(name, columns)).toBe(meant)
})

test.each(['address', 'x', '', 'telephone number'])('%j means none of them', (name) => {
  expect(nearest(name, columns)).toBeUndefined()
})

test('an equal name but for its case comes before a nearer-looking one', () => {
  expect(nearest('NAME', ['nam', 'name'])).toBe('name')
})

test('a name of signs alone is compared as it is', () => {
  expect(nearest('--', ['__', '--'])).toBe('--')
})

test('stays quick on long names', () => {
  expect(nearest('a'.repeat(100_000), ['b'.repeat(100_000), 'a'.repeat(99_999)])).toBe(
    'a'.repeat(99_999),
  )
})
