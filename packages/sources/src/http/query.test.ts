import fc from 'fast-check'
import { expect, it } from 'vitest'
import { setParameter } from './query.ts'

it('sets a parameter, and leaves the text of the others', () => {
  const url = new URL('https://a.example/?$filter=a%20eq+1&page=1&tags[]=a,b&page=2')
  setParameter(url, 'page', '3')
  expect(url.search).toBe('?$filter=a%20eq+1&page=3&tags[]=a,b')
  setParameter(url, 'page[size]', 'é&')
  expect(url.search).toBe('?$filter=a%20eq+1&page=3&tags[]=a,b&page%5Bsize%5D=%C3%A9%26')
})

it('sets every name to every value', () => {
  const text = fc.string({ unit: 'binary' }).map((odd) => odd.toWellFormed())
  const query = fc.string({ unit: fc.constantFrom(...'abc=&?%+,$012') })
  fc.assert(
    fc.property(query, text, text, (search, name, value) => {
      const url = new URL(`https://a.example/?${search}`)
      const others = [...url.searchParams].filter(([other]) => other !== name)
      setParameter(url, name, value)
      expect(url.searchParams.getAll(name)).toEqual([value])
      expect([...url.searchParams].filter(([other]) => other !== name)).toEqual(others)
    }),
    { examples: [['?', '', '']] },
  )
})
