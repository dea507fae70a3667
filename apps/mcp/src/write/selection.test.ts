import { describe, expect, it } from 'vitest'
import { selectionOf } from './selection.ts'

describe('selectionOf', () => {
  it('accepts ids, and removes duplicates', () => {
    expect(selectionOf({ ids: ['a', 'b', 'a'] })).toEqual({ by: 'ids', ids: ['a', 'b'] })
  })

  it('accepts a condition, or all', () => {
    const where = { city: 'Ghent' }
    expect(selectionOf({ where })).toEqual({ by: 'where', where, all: false })
    expect(selectionOf({ where, all: false })).toEqual({ by: 'where', where, all: false })
    expect(selectionOf({ all: true })).toEqual({ by: 'where', where: {}, all: true })
  })

  it.each([
    [{}, 'where'],
    [{ all: false }, 'where'],
    [{ ids: ['a'], where: { a: 1 } }, 'ids'],
    [{ ids: ['a'], all: true }, 'ids'],
    [{ where: { a: 1 }, all: true }, 'all'],
  ])('rejects %j', (args, field) => {
    expect(() => selectionOf(args)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENTS', details: { field } }),
    )
  })
})
