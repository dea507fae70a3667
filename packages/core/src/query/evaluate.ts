/** Conditions on decoded records, in PostgreSQL's three-valued logic. */
import type { TableRecord } from '../types.ts'
import { compareKeys, equalKeys, hashOf, type Key, keyOf } from '../values/compare.ts'
import type { Condition, Literal, Relation, Subject } from './condition.ts'
import { matches } from './matching.ts'

/** true, false, or null for unknown. */
export type Truth = boolean | null

/** Evaluates a condition for a record; a query keeps the record only when the result is `true`. */
export function evaluate(condition: Condition, record: TableRecord): Truth {
  switch (condition.kind) {
    case 'constant':
      return condition.value
    case 'and':
      return fold(condition.conditions, record, false)
    case 'or':
      return fold(condition.conditions, record, true)
    case 'null':
      return isNull(readSubject(condition.subject, record)) === condition.isNull
    case 'match': {
      const value = readSubject(condition.subject, record)
      if (typeof value !== 'string') return null
      return matches(value, condition.matching, condition.folded) !== condition.negated
    }
    case 'compare': {
      const key = keyOf(readSubject(condition.subject, record), condition.subject.type)
      return key === undefined ? null : relate(key, condition.relation, condition.literal.key)
    }
    case 'list': {
      const key = keyOf(readSubject(condition.subject, record), condition.subject.type)
      const found = key === undefined ? null : isAmong(key, condition.literals)
      return found === null ? null : found !== condition.negated
    }
  }
}

/** Lists up to this length are compared one by one; longer ones are indexed. */
const SHORT_LIST = 8

function isAmong(key: Key, literals: readonly Literal[]): Truth {
  const hash = literals.length > SHORT_LIST ? hashOf(key) : undefined
  if (hash !== undefined) {
    const { hashes, kinds } = lookupOf(literals)
    if (hashes.has(hash)) return true
    return kinds.size === 1 && kinds.has(key.kind) ? false : null
  }
  let found: Truth = false
  for (const literal of literals) {
    const equal = equalKeys(key, literal.key)
    if (equal === true) return true
    if (equal === null) found = null
  }
  return found
}

interface Lookup {
  readonly hashes: ReadonlySet<string | undefined>
  /** A comparison with a value of another kind is neither true nor false. */
  readonly kinds: ReadonlySet<Key['kind']>
}

const lookups = new WeakMap<readonly Literal[], Lookup>()

function lookupOf(literals: readonly Literal[]): Lookup {
  let lookup = lookups.get(literals)
  if (lookup === undefined) {
    lookup = {
      hashes: new Set(literals.map(({ key }) => hashOf(key))),
      kinds: new Set(literals.map(({ key }) => key.kind)),
    }
    lookups.set(literals, lookup)
  }
  return lookup
}

/** The value of a subject in a record; undefined where the record has none. */
export function readSubject(subject: Subject, record: TableRecord): unknown {
  if (subject.kind === 'record') return record[subject.field]
  return Object.hasOwn(record.values, subject.name) ? record.values[subject.name] : undefined
}

/** AND and OR: one `decisive` result decides; otherwise one unknown makes the whole unknown. */
function fold(conditions: readonly Condition[], record: TableRecord, decisive: boolean): Truth {
  let unknown = false
  for (const condition of conditions) {
    const truth = evaluate(condition, record)
    if (truth === decisive) return decisive
    if (truth === null) unknown = true
  }
  return unknown ? null : !decisive
}

function isNull(value: unknown): boolean {
  return value === null || value === undefined
}

function relate(left: Key, relation: Relation, right: Key): Truth {
  if (relation === 'eq' || relation === 'ne') {
    const equal = equalKeys(left, right)
    return equal === null ? null : equal === (relation === 'eq')
  }
  const order = compareKeys(left, right)
  if (order === undefined) return null
  switch (relation) {
    case 'gt':
      return order > 0
    case 'gte':
      return order >= 0
    case 'lt':
      return order < 0
    case 'lte':
      return order <= 0
  }
}
