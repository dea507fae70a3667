/** Conditions as plain data, checked and resolved, for the planner and the evaluator. */
import type { ColumnType, RecordField } from '@chatlayer-tables/contract'
import type { Key } from '../values/compare.ts'
import type { Matching } from './matching.ts'

/** The subject of a test: a column of the table, or a field of the record itself. */
export type Subject =
  | { readonly kind: 'column'; readonly name: string; readonly type: ColumnType | undefined }
  | { readonly kind: 'record'; readonly field: RecordField; readonly type: 'id' | 'timestamp' }

/** A value to compare with: as text for the wire, and as a key for comparisons here. */
export interface Literal {
  readonly text: string
  readonly key: Key
}

export type Relation = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte'

/** One test on one subject. */
export type Test =
  | {
      readonly kind: 'compare'
      readonly subject: Subject
      readonly relation: Relation
      readonly literal: Literal
    }
  | {
      readonly kind: 'list'
      readonly subject: Subject
      /** `nin` when true. */
      readonly negated: boolean
      /** At least one literal, without duplicates. */
      readonly literals: readonly Literal[]
    }
  | {
      readonly kind: 'match'
      readonly subject: Subject
      readonly matching: Matching
      readonly negated: boolean
      readonly text: string
      /** The text as the matching compares it. */
      readonly folded: string
    }
  | { readonly kind: 'null'; readonly subject: Subject; readonly isNull: boolean }

/**
 * Negations are already applied to the tests. In three-valued logic that changes nothing: `not (a
 * >= 5)` and `a < 5` are both null where `a` is null.
 */
export type Condition =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'and' | 'or'; readonly conditions: readonly Condition[] }
  | Test

export const ALWAYS: Condition = { kind: 'constant', value: true }
export const NEVER: Condition = { kind: 'constant', value: false }

/** Joins conditions: nested ones of the same kind are flattened, constants resolved. */
export function join(kind: 'and' | 'or', conditions: readonly Condition[]): Condition {
  const parts: Condition[] = []
  for (const condition of conditions) {
    if (condition.kind === 'constant') {
      if (condition.value === (kind === 'or')) return condition
    } else if (condition.kind === kind) {
      parts.push(...condition.conditions)
    } else {
      parts.push(condition)
    }
  }
  const [only] = parts
  if (only === undefined) return kind === 'and' ? ALWAYS : NEVER
  return parts.length === 1 ? only : { kind, conditions: parts }
}

const OPPOSITE: Readonly<Record<Relation, Relation>> = {
  eq: 'ne',
  ne: 'eq',
  gt: 'lte',
  gte: 'lt',
  lt: 'gte',
  lte: 'gt',
}

/** The negation of a condition, without any `not` inside. */
export function negate(condition: Condition): Condition {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? NEVER : ALWAYS
    case 'and':
      return join('or', condition.conditions.map(negate))
    case 'or':
      return join('and', condition.conditions.map(negate))
    case 'compare':
      return { ...condition, relation: OPPOSITE[condition.relation] }
    case 'list':
    case 'match':
      return { ...condition, negated: !condition.negated }
    case 'null':
      return { ...condition, isNull: !condition.isNull }
  }
}

/** The name of a subject in messages. */
export function nameOf(subject: Subject): string {
  return subject.kind === 'column' ? subject.name : subject.field
}

const SIGNS: Readonly<Record<Relation, string>> = {
  eq: '=',
  ne: '!=',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
}

/** Values of a list that a text shows. */
const SHOWN = 5

/** A condition as text, for `explain`. */
export function formatCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'constant':
      return String(condition.value)
    case 'and':
    case 'or':
      return `(${condition.conditions.map(formatCondition).join(` ${condition.kind} `)})`
    case 'compare':
      return `${nameOf(condition.subject)} ${SIGNS[condition.relation]} ${quote(condition.literal.text)}`
    case 'list': {
      const shown = condition.literals.slice(0, SHOWN).map(({ text }) => quote(text))
      const more = condition.literals.length - shown.length
      const list = shown.join(', ') + (more > 0 ? `, … ${more} more` : '')
      return `${nameOf(condition.subject)} ${condition.negated ? 'not in' : 'in'} (${list})`
    }
    case 'match':
      return `${condition.negated ? 'not ' : ''}${nameOf(condition.subject)} ${condition.matching} ${quote(condition.text)}`
    case 'null':
      return `${nameOf(condition.subject)} is ${condition.isNull ? '' : 'not '}null`
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
