import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ListEncoding, readList, writeList } from './list-encoding.ts'

const ENCODINGS = ['json', 'comma', 'postgres'] as const satisfies readonly ListEncoding[]

describe('writeList', () => {
  it.each([
    ['json', '["00M","a,b","say \\"hi\\""]'],
    ['postgres', '{"00M","a,b","say \\"hi\\""}'],
  ] as const)('%s', (encoding, text) => {
    expect(writeList(['00M', 'a,b', 'say "hi"'], encoding)).toBe(text)
  })

  it('comma', () => {
    expect(writeList(['00M', '00N'], 'comma')).toBe('00M,00N')
  })

  it.each([[['a,b']], [[' a']], [['a ']], [['']], [['a', '']], [[]]])(
    'rejects %j between commas: it would read as another list',
    (values) => {
      expect(writeList(values, 'comma')).toBeUndefined()
    },
  )

  it('writes an empty list where it can', () => {
    expect(writeList([], 'json')).toBe('[]')
    expect(writeList([], 'postgres')).toBe('{}')
  })

  it.each(ENCODINGS)('%s reads as it was written, or is not written', (encoding) => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('"', '\\', ',', '{', '}', ' ', '\n', 'a', 'é') }),
    )
    let written = 0
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        const text = writeList(values, encoding)
        if (text === undefined) return
        written += 1
        expect(readList(text, encoding)).toEqual(values)
      }),
      { numRuns: 300 },
    )
    expect(written).toBeGreaterThan(encoding === 'comma' ? 30 : 299)
  })
})

describe('readList', () => {
  it.each([
    ['json', '["a", "b"]', ['a', 'b']],
    ['json', '[1, true, "x"]', ['1', 'true', 'x']],
    ['json', '[9007199254740993, 1.10]', ['9007199254740993', '1.10']],
    ['comma', 'a, b ,c', ['a', 'b', 'c']],
    ['comma', 'a', ['a']],
    ['postgres', '{a,b}', ['a', 'b']],
    ['postgres', ' { a , "b c" } ', ['a', 'b c']],
    ['postgres', '{}', []],
    ['postgres', '{"a\\"b","\\\\"}', ['a"b', '\\']],
    ['postgres', '{two words}', ['two words']],
  ] as const)('%s %j', (encoding, text, values) => {
    expect(readList(text, encoding)).toEqual(values)
  })

  it.each([
    ['json', 'a,b'],
    ['json', '{"a":1}'],
    ['json', '"a"'],
    ['json', ''],
    ['postgres', 'a,b'],
    ['postgres', '{a'],
    ['postgres', '{a,}'],
    ['postgres', '{,a}'],
    ['postgres', '{"a}'],
    ['postgres', '{{a},{b}}'],
    ['postgres', '{a"b"}'],
  ] as const)('%s rejects %j', (encoding, text) => {
    expect(readList(text, encoding)).toBeUndefined()
  })
})
