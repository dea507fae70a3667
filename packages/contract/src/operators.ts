import * as z from 'zod'
import { stated } from './standing.ts'

/** Every comparison of the wire, by its word; the sign is its other spelling. */
export const OPERATORS = {
  eq: { sign: '=', takesList: false },
  gt: { sign: '>', takesList: false },
  gte: { sign: '>=', takesList: false },
  lt: { sign: '<', takesList: false },
  lte: { sign: '<=', takesList: false },
  in: { sign: undefined, takesList: true },
  nin: { sign: undefined, takesList: true },
} as const satisfies Record<string, { sign: string | undefined; takesList: boolean }>

export type OperatorWord = keyof typeof OPERATORS

export const OPERATOR_WORDS = Object.keys(OPERATORS) as OperatorWord[]

/** Operators that are assumed not to exist; a probe asks. */
export const UNDECLARED_OPERATORS = ['ne', '!=', 'like', 'contains', 'is'] as const

const SPELLINGS = OPERATOR_WORDS.flatMap((word) => {
  const { sign } = OPERATORS[word]
  return sign === undefined ? [word] : [word, sign]
}) as [string, ...string[]]

export const Operator = stated(
  'Operator',
  'T',
  'The enum of the action body on the transcribed API page; word and sign forms are both accepted.',
  z.enum(SPELLINGS),
)

/** The word for an operator given as word or sign; undefined for an unknown one. */
export function operatorWord(spelling: string): OperatorWord | undefined {
  return OPERATOR_WORDS.find((word) => word === spelling || OPERATORS[word].sign === spelling)
}
