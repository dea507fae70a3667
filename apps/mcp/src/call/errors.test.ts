import { InvalidInputError } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { hintFor, messageOf } from './errors.ts'

describe('hintFor', () => {
  it.each([
    ['Save the file as UTF-8.', 'Save the file as UTF-8.'],
    ['In the file: nam. Say --map "title=column" for a title.', 'In the file: nam.'],
    ['Pass --allow-empty to delete them.', undefined],
    ['clt jobs list shows the jobs.', undefined],
    ['Remove the job (clt jobs rm), then sync. Check the file first.', 'Check the file first.'],
    ['Use a date such as 2024-01-31.', 'Use a date such as 2024-01-31.'],
    [undefined, undefined],
  ])('drops flags and commands from %j', (hint, expected) => {
    expect(hintFor(hint)).toBe(expected)
  })
})

describe('messageOf', () => {
  it.each([
    ['the token is invalid', 'The token is invalid.'],
    ['latin.csv, line 2: invalid encoding', 'latin.csv, line 2: invalid encoding.'],
  ])('makes a sentence of %j', (message, expected) => {
    expect(messageOf(new InvalidInputError(message))).toBe(expected)
  })

  it('omits the field that the message starts with', () => {
    const error = new InvalidInputError('where.n: not a number', { field: 'where.n' })
    expect(messageOf(error)).toBe('Not a number.')
  })
})
