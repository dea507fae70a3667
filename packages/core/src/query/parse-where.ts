/** Parses a `where` and checks it against the table. Pure. */
import { type ColumnType, RECORD_FIELDS, type Table } from '@chatlayer-tables/contract'
import { InvalidInputError } from '../errors.ts'
import { keyOf } from '../values/compare.ts'
import { decodeValue } from '../values/decode.ts'
import { isRawNumber, parseJson } from '../values/json.ts'
import { describe, encodeText, placeOf } from '../values/literal.ts'
import { nearest } from '../values/nearest.ts'
import { canonicalUuid } from '../values/uuid.ts'
import {
  ALWAYS,
  type Condition,
  join,
  type Literal,
  NEVER,
  nameOf,
  negate,
  type Relation,
  type Subject,
} from './condition.ts'
import { foldFor, isMatching, MATCHING_NAMES, type Matching } from './matching.ts'
import { quoteColumn, resolveSubject } from './subject.ts'
import type { Where } from './where-types.ts'

const COMPARISONS = [
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'in',
  'nin',
  ...MATCHING_NAMES,
  'isNull',
] as const
type ComparisonName = (typeof COMPARISONS)[number]

const GROUPS = ['and', 'or', 'not'] as const

/** Maximum depth of nested conditions. */
const MAX_DEPTH = 100

/**
 * Parses a `where` (see its doc comment for the form) against a table.
 *
 * @throws InvalidInputError with the place (`where.or[1].age.gte`) for an unknown column or
 *   comparison (with the nearest name), a value that is not of the column's type, a null where
 *   `isNull` is meant, and `undefined` anywhere: a forgotten variable must not widen a delete
 */
export function parseWhere(where: Where, table: Table): Condition {
  return parseObject(where, table, 'where', 0)
}

function parseObject(where: unknown, table: Table, place: string, depth: number): Condition {
  if (depth > MAX_DEPTH) {
    throw invalid(
      `${place.slice(0, 40)}…`,
      `conditions must not be nested more than ${MAX_DEPTH} levels deep`,
    )
  }
  if (!isObject(where)) throw invalid(place, `must be a condition object, not ${describe(where)}`)
  return join(
    'and',
    Object.entries(where).map(([key, value]) => {
      const inner = placeOf(place, key)
      if (value === undefined) {
        throw invalid(inner, 'must not be undefined', 'Omit the key, or write null for isNull.')
      }
      switch (key) {
        case 'and':
        case 'or':
          return join(key, parseList(value, table, inner, depth))
        case 'not':
          return negate(parseObject(value, table, inner, depth + 1))
        default:
          return parseSubject(resolveSubject(key, table, inner, GROUPS), value, inner)
      }
    }),
  )
}

function parseList(list: unknown, table: Table, place: string, depth: number): Condition[] {
  if (!Array.isArray(list)) {
    const word = place.slice(place.lastIndexOf('.') + 1)
    throw invalid(
      place,
      `must be a list of conditions, not ${describe(list)}`,
      `Write a column of that name as '"${word}"'.`,
    )
  }
  return Array.from(list, (item: unknown, index) =>
    parseObject(item, table, `${place}[${index}]`, depth + 1),
  )
}

function parseSubject(subject: Subject, value: unknown, place: string): Condition {
  if (value === null) return { kind: 'null', subject, isNull: true }
  if (!isObject(value) || isRawNumber(value)) return compare(subject, 'eq', value, place)
  const entries = Object.entries(value)
  if (entries.length === 0) {
    throw invalid(place, 'must contain a comparison', `Comparisons: ${COMPARISONS.join(', ')}.`)
  }
  return join(
    'and',
    entries.map(([key, operand]) => {
      const name = COMPARISONS.find((comparison) => comparison === key)
      if (name === undefined) throw unknownComparison(key, subject, place)
      return parseComparison(subject, name, operand, placeOf(place, key))
    }),
  )
}

function parseComparison(
  subject: Subject,
  name: ComparisonName,
  operand: unknown,
  place: string,
): Condition {
  switch (name) {
    case 'isNull':
      if (typeof operand !== 'boolean') throw invalid(place, 'must be true or false')
      return { kind: 'null', subject, isNull: operand }
    case 'in':
    case 'nin':
      return list(subject, name === 'nin', operand, place)
    default:
      return isMatching(name)
        ? match(subject, name, operand, place)
        : compare(subject, name, operand, place)
  }
}

function match(subject: Subject, matching: Matching, operand: unknown, place: string): Condition {
  if (subject.type !== 'text' && subject.type !== undefined) {
    throw invalid(place, `${matching} is for text; ${nameOf(subject)} is ${typeName(subject)}`)
  }
  const text = encodeText(operand, 'text', place)
  const folded = foldFor(matching, text)
  return { kind: 'match', subject, matching, negated: false, text, folded }
}

function compare(subject: Subject, relation: Relation, value: unknown, place: string): Condition {
  if (subject.type === 'jsonb' && relation !== 'eq' && relation !== 'ne') {
    throw invalid(
      place,
      `${relation} is not for jsonb, which has no useful order`,
      'jsonb takes eq, ne, in, nin and isNull.',
    )
  }
  if (Array.isArray(value)) checkTakesList(subject, relation, place)
  return { kind: 'compare', subject, relation, literal: literal(subject, value, place) }
}

/** JSON may be a list itself; a column of another type is compared with one value. */
function checkTakesList(subject: Subject, relation: Relation, place: string): void {
  const { type } = subject
  if (type === 'jsonb' || type === undefined) return
  const list = relation === 'eq' ? 'in' : relation === 'ne' ? 'nin' : undefined
  throw invalid(
    place,
    `${nameOf(subject)} is compared with one value, not with a list`,
    list && `For a list, write {${JSON.stringify(keyFor(subject))}:{"${list}":[…]}}.`,
  )
}

function list(subject: Subject, negated: boolean, operand: unknown, place: string): Condition {
  if (!Array.isArray(operand)) throw invalid(place, `must be a list, not ${describe(operand)}`)
  const byText = new Map<string, Literal>()
  for (const [index, value] of operand.entries()) {
    const read = literal(subject, value, `${place}[${index}]`)
    if (!byText.has(read.text)) byText.set(read.text, read)
  }
  // As in PostgreSQL for `= ANY('{}')` and `<> ALL('{}')`: the value does not matter.
  if (byText.size === 0) return negated ? ALWAYS : NEVER
  return { kind: 'list', subject, negated, literals: [...byText.values()] }
}

function literal(subject: Subject, value: unknown, place: string): Literal {
  if (value === null) {
    throw invalid(place, 'null cannot be compared', 'Use isNull: true or isNull: false.')
  }
  if (subject.type === 'id') {
    // An id is assumed to be a uuid, but may be any text.
    const given = encodeText(value, 'text', place)
    const id = canonicalUuid(given) ?? given
    return { text: id, key: { kind: 'text', text: id } }
  }
  const { type } = subject
  const text = encodeText(value, type, place)
  const key = keyOf(literalValue(text, value, type), type)
  if (key === undefined) throw invalid(place, `${describe(value)} cannot be compared`)
  return { text, key }
}

/**
 * The value as it would be read from a record, so that both sides of a comparison have one form.
 */
function literalValue(text: string, value: unknown, type: ColumnType | undefined): unknown {
  if (type === undefined) return value
  return type === 'jsonb' ? parseJson(text) : decodeValue(text, type)
}

function unknownComparison(key: string, subject: Subject, place: string): InvalidInputError {
  const near = nearest(key, COMPARISONS)
  const hints = [
    near === undefined ? `Comparisons: ${COMPARISONS.join(', ')}.` : `Did you mean "${near}"?`,
  ]
  if (subject.type === 'jsonb' || subject.type === undefined) {
    hints.push('Compare a JSON object with { eq: … }.')
  }
  return invalid(placeOf(place, key), `there is no comparison "${key}"`, hints.join(' '))
}

/** The key of a subject in a `where`. */
function keyFor(subject: Subject): string {
  const name = nameOf(subject)
  const reserved: readonly string[] = [...RECORD_FIELDS, ...GROUPS]
  const isPlain = subject.kind === 'record' || !(reserved.includes(name) || name.startsWith('"'))
  return isPlain ? name : quoteColumn(name)
}

function typeName(subject: Subject): string {
  return subject.type === 'id' ? 'the id of a record' : `of type ${subject.type}`
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  )
}

function invalid(place: string, message: string, hint?: string): InvalidInputError {
  return new InvalidInputError(`${place}: ${message}`, { field: place, hint })
}
