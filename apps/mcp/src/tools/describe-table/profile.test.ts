import { describe, expect, it } from 'vitest'
import { Profile } from './profile.ts'

const table = {
  id: 't',
  botId: 'b',
  name: 't',
  description: '',
  columns: [
    { name: 'city', type: 'text' },
    { name: 'price', type: 'numeric' },
    { name: 'tags', type: 'jsonb' },
    { name: 'empty', type: 'varchar' },
  ],
}

describe('Profile', () => {
  const profile = new Profile(table.columns, table)
  const records = [
    { city: 'Ghent', price: '10.0', tags: { a: 1 } },
    { city: 'Bruges', price: '9', tags: { a: 1 } },
    { city: 'Ghent', price: '10', tags: null },
    { city: 'x'.repeat(100), price: null, tags: null },
  ]
  for (const [index, values] of records.entries()) {
    profile.add({ id: String(index), createdAt: '', updatedAt: '', values })
  }

  it('counts values by the meaning of their type', () => {
    expect(profile.of('price')).toMatchObject({ filled: 0.75, distinct: 2, min: '9', max: '10.0' })
  })

  it('takes its range from values of the type alone', () => {
    const odd = new Profile([{ name: 'n', type: 'int' }], table)
    for (const n of ['abc', 2, 10, null]) {
      odd.add({ id: '', createdAt: '', updatedAt: '', values: { n } })
    }
    expect(odd.of('n')).toMatchObject({ filled: 0.75, distinct: 3, min: 2, max: 10 })
  })

  it('gives the most frequent examples first, shortened', () => {
    expect(profile.of('city')).toEqual({
      filled: 1,
      distinct: 3,
      distinct_is_exact: true,
      min: 'Bruges',
      max: `${'x'.repeat(60)}…[+40]`,
      examples: ['Ghent', 'Bruges', `${'x'.repeat(60)}…[+40]`],
    })
  })

  it('knows no range of JSON, and nothing of nothing', () => {
    expect(profile.of('tags')).toEqual({
      filled: 0.5,
      distinct: 1,
      distinct_is_exact: true,
      examples: [{ a: 1 }],
    })
    expect(profile.of('empty')).toEqual({
      filled: 0,
      distinct: 0,
      distinct_is_exact: true,
      examples: [],
    })
    expect(profile.of('nope')).toBeUndefined()
  })

  it('stops telling values apart when there are too many', () => {
    const many = new Profile(table.columns, table)
    for (let index = 0; index < 1_200; index++) {
      many.add({ id: '', createdAt: '', updatedAt: '', values: { city: `c${index}` } })
    }
    expect(many.of('city')).toMatchObject({ distinct: 1_000, distinct_is_exact: false })
  })
})
