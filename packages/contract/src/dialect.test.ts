import { describe, expect, it } from 'vitest'
import { DEFAULT_DIALECT, Dialect, dialectSettings } from './dialect.ts'

describe('the dialect', () => {
  it('has careful defaults, each one pinned here', () => {
    expect(Dialect.parse({})).toEqual({
      filterCombination: 'and',
      emptyFilter: 'all',
      versions: 'separate',
      idFilter: 'uuid',
      timestampFilter: 'none',
      numericForm: 'string',
      intForm: 'number',
      errorMessageForm: 'string',
      timestampZone: 'converted',
      listEncoding: 'unknown',
      nullEncoding: 'omit',
      pageOrder: 'unknown',
      maxSelectLimit: 100,
      insertAnswer: 'unknown',
      changeAnswer: 'unknown',
      unknownColumn: 'unknown',
      nulInText: 'kept',
      timestampPrecision: 'microseconds',
    })
  })

  it('offers its defaults as a value that cannot be changed', () => {
    expect(DEFAULT_DIALECT).toEqual(Dialect.parse({}))
    expect(Object.isFrozen(DEFAULT_DIALECT)).toBe(true)
  })

  it('fills what is omitted', () => {
    expect(Dialect.parse({ listEncoding: 'json' })).toEqual({
      ...DEFAULT_DIALECT,
      listEncoding: 'json',
    })
  })

  it.each([
    [{ listEncodign: 'json' }, []],
    [{ listEncoding: 'xml' }, ['listEncoding']],
    [{ maxSelectLimit: 0 }, ['maxSelectLimit']],
    [{ maxSelectLimit: 2.5 }, ['maxSelectLimit']],
  ])('rejects %j', (input, path) => {
    const { error } = Dialect.safeParse(input)
    expect(error?.issues.map((issue) => issue.path)).toEqual([path])
  })

  it.each(Object.entries(dialectSettings))('documents %s', (_, setting) => {
    expect(setting.about).toMatch(/^[A-Z].{30,}\.$/s)
    expect(['S', 'I', 'U']).toContain(setting.standing)
  })

  it('names each value of each setting where its meaning cannot be guessed', () => {
    const { nullEncoding, changeAnswer } = dialectSettings
    for (const word of ['omit', 'empty', 'word', 'json']) {
      expect(nullEncoding.about).toContain(`\`${word}\``)
    }
    expect(changeAnswer.about).toContain('meta.total')
  })
})
