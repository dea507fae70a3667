import { InvalidInputError } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { matchColumns } from './columns.ts'

const table = {
  name: 'stores',
  columns: [
    { name: 'code', type: 'varchar' },
    { name: 'phone_number', type: 'text' },
    { name: 'Open', type: 'bool' },
    { name: 'extra', type: 'geometry' },
  ],
}

function problem(header: (string | null)[], of = table): InvalidInputError {
  try {
    matchColumns(header, of)
  } catch (error) {
    if (error instanceof InvalidInputError) return error
  }
  throw new Error('no InvalidInputError')
}

describe('matchColumns', () => {
  it('matches by name, else without regard to case, spaces, underscores and hyphens', () => {
    expect(matchColumns(['open', 'Phone Number', 'code'], table)).toEqual([
      { index: 0, name: 'Open', type: 'bool' },
      { index: 1, name: 'phone_number', type: 'text' },
      { index: 2, name: 'code', type: 'text' },
    ])
    expect(matchColumns(['extra'], table)).toEqual([{ index: 0, name: 'extra', type: undefined }])
  })

  it('prefers the exact name, and refuses to guess between several others', () => {
    const twins = {
      name: 't',
      columns: [
        { name: 'a_b', type: 'text' },
        { name: 'ab', type: 'text' },
      ],
    }
    expect(matchColumns(['ab'], twins)).toMatchObject([{ name: 'ab' }])
    expect(problem(['A B'], twins).message).toContain('"a_b" or "ab"')
  })

  it('names every column that does not fit, the nearest one, and both sides', () => {
    const { message, hint } = problem(['code', 'fone_number', 'altogether else', null, 'Code'])
    expect(message).toContain('"fone_number": not in the table (nearest: "phone_number")')
    expect(message).toContain('"altogether else": not in the table')
    expect(message).toContain('column 4: blank')
    expect(message).toContain('"code" and "Code": both fill "code"')
    expect(hint).toContain('In the file: code, fone_number')
    expect(hint).toContain('In the table: code, phone_number, Open, extra')
  })
})
