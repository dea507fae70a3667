import { InvalidInputError } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { matchColumns, untitledEnd } from './columns.ts'

const table = {
  name: 'stores',
  columns: [
    { name: 'code', type: 'varchar' },
    { name: 'phone_number', type: 'text' },
    { name: 'Open', type: 'bool' },
    { name: 'extra', type: 'geometry' },
  ],
}

function problem(
  header: (string | null)[],
  of = table,
  settings: Parameters<typeof matchColumns>[2] = {},
): InvalidInputError {
  try {
    matchColumns(header, of, settings)
  } catch (error) {
    if (error instanceof InvalidInputError) return error
  }
  throw new Error('no InvalidInputError')
}

describe('matchColumns', () => {
  it('names a few of thousands of titles, each shortened', () => {
    const titles = Array.from({ length: 16_384 }, (_, index) => `${index} ${'x'.repeat(1000)}`)
    const { message, hint } = problem(titles)
    expect(message.length + (hint?.length ?? 0)).toBeLessThan(4000)
    expect(message).toContain('and perhaps more')
    expect(hint).toContain('and 16,364 more. In the table: code, phone_number')
  })

  it('matches by name, else without regard to case, spaces, underscores and hyphens', () => {
    expect(matchColumns(['open', 'Phone Number', 'code'], table)).toMatchObject([
      { index: 0, name: 'Open', type: 'bool' },
      { index: 1, name: 'phone_number', type: 'text' },
      { index: 2, name: 'code', type: 'text' },
    ])
    expect(matchColumns(['extra'], table)).toEqual([
      { index: 0, name: 'extra', type: undefined, place: 'values.extra' },
    ])
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

  it('maps and ignores columns by title or by place', () => {
    const header = ['code', 'Tel.', null, 'Tel.', 'notes']
    const map = { 'column 2': 'phone_number' }
    const ignore = ['column 3', 'column 4', 'notes']
    expect(matchColumns(header, table, { map, ignore })).toMatchObject([
      { index: 0, name: 'code', type: 'text' },
      { index: 1, name: 'phone_number', type: 'text' },
    ])
  })

  it('rejects settings for columns that are missing', () => {
    const wrong = { map: { Tel: 'phone_numer', Fax: 'code' }, ignore: ['notes'] }
    const { message } = problem(['Tel'], table, wrong)
    expect(message).toContain('"Tel": "phone_numer" is not in the table (nearest: "phone_number")')
    expect(message).toContain('"Fax": not in the file')
    expect(message).toContain('"notes": not in the file')
    expect(problem(['code'], table, { ignore: ['code'] }).message).toContain('no column')
  })

  it('distinguishes equal titles by their place', () => {
    expect(problem(['code', 'code']).message).toContain('"code" and "code" (column 2): both fill')
  })

  it('skips columns without a title after the last one, unless they are named', () => {
    expect(matchColumns(['code', null, null], table)).toHaveLength(1)
    expect(untitledEnd(['code', null, null])).toEqual([1, 2])
    const map = { 'column 2': 'extra' }
    expect(matchColumns(['code', null, null], table, { map })).toHaveLength(2)
    expect(untitledEnd(['code', null, null], { map, ignore: ['column 3'] })).toEqual([])
    expect(problem([null, 'code']).message).toContain('column 1: blank')
    expect(problem([null, null]).message).toContain('the file has no columns for')
  })
})
