import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fragmentOf, routeOf, TABS } from './route.ts'

describe('routeOf', () => {
  it('reads what fragmentOf writes, for any table', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.constantFrom(...TABS),
        (table, tab) => {
          expect(routeOf(fragmentOf({ table, tab }), ['other', table])).toEqual({ table, tab })
        },
      ),
    )
  })

  it.each(['', '#secret', '#/unknown/records', '#/stores@draft'])('%s is no route', (fragment) => {
    expect(routeOf(fragment, ['stores@draft'])).toBeUndefined()
  })

  it('opens records if there is no such tab', () => {
    expect(routeOf('#/a/other', ['a'])?.tab).toBe('records')
  })
})
