import { expect, it } from 'vitest'
import { OPERATOR_WORDS, OPERATORS, Operator, operatorWord } from './operators.ts'

it.each([
  ['eq', '='],
  ['gt', '>'],
  ['gte', '>='],
  ['lt', '<'],
  ['lte', '<='],
] as const)('%s is also written %s', (word, sign) => {
  expect(operatorWord(word)).toBe(word)
  expect(operatorWord(sign)).toBe(word)
  expect(Operator.parse(word)).toBe(word)
  expect(Operator.parse(sign)).toBe(sign)
  expect(OPERATORS[word].takesList).toBe(false)
})

it.each(['in', 'nin'] as const)('%s takes a list and has no sign', (word) => {
  expect(operatorWord(word)).toBe(word)
  expect(OPERATORS[word]).toEqual({ sign: undefined, takesList: true })
})

it.each(['', '!=', '<>', '==', 'EQ', 'ne', 'like', 'contains', 'undefined', 'toString'])(
  'knows no %j',
  (spelling) => {
    expect(operatorWord(spelling)).toBeUndefined()
    expect(Operator.safeParse(spelling).success).toBe(false)
  },
)

it('has seven comparisons', () => {
  expect(OPERATOR_WORDS).toEqual(['eq', 'gt', 'gte', 'lt', 'lte', 'in', 'nin'])
})
