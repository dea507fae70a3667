import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linksOf } from './link-header.ts'

describe('linksOf', () => {
  it.each<[string | string[] | undefined, string[]]>([
    [
      '<https://a.example/?p=2>; rel="next", <https://a.example/?p=9>; rel="last"',
      ['https://a.example/?p=2'],
    ],
    ['<x?a=1,2;3>; title="a, <b>; rel=next"; rel=NEXT', ['x?a=1,2;3']],
    ['<x>; rel="prev next"', ['x']],
    [['<a>; rel=prev', '<b>;rel=next'], ['b']],
    ['<x>; rel=last; rel=next', []],
    ['<x>; rel=next; anchor="#other"', []],
    ['<x>; rel="nextpage"', []],
    ['x; rel=next', []],
    ['', []],
    [undefined, []],
  ])('finds the next page: %o', (header, urls) => {
    expect(linksOf(header, 'next')).toEqual(urls)
  })

  it('finds a link among any others', () => {
    const token = fc.stringMatching(/^[a-z]{1,8}$/)
    const quoted = fc.string({ unit: 'grapheme-ascii' }).map((text) => JSON.stringify(text))
    const other = fc
      .record({
        url: fc.string({ unit: fc.constantFrom(...'abc:/?&=,;.') }),
        name: token,
        value: fc.oneof(token, quoted),
      })
      .filter(({ name }) => name !== 'rel' && name !== 'anchor')
    fc.assert(
      fc.property(
        fc.array(other),
        fc.array(other),
        fc.string({ unit: fc.constantFrom(...'abc:/?&=,;.') }),
        (before, after, url) => {
          const texts = (list: typeof before) =>
            list.map((each) => `<${each.url}>; ${each.name}=${each.value}; rel=other`)
          const header = [...texts(before), `<${url}>; rel="next"`, ...texts(after)].join(', ')
          expect(linksOf(header, 'next')).toEqual([url])
        },
      ),
    )
  })

  it('does not take long for any text', () => {
    expect(linksOf(`<${'a'.repeat(20_000)}>${'; a="'.repeat(5000)}`, 'next')).toEqual([])
    expect(linksOf(`<x>${'; '.repeat(20_000)}`, 'next')).toEqual([])
  })
})
