/**
 * What tells a row's record from others. A gateway may keep a value in a form of its own: what it is
 * known or likely to change is not looked for but compared, and a record that differs in that alone
 * leaves the matter open.
 */
import type { ColumnType, Dialect, Table } from '@chatlayer-tables/contract'
import { quoteColumn } from '../query/subject.ts'
import type { Comparison, TableRecord, Value, Values, Where } from '../types.ts'
import { readDecimal } from '../values/decimal.ts'
import { encodeText } from '../values/literal.ts'
import { columnsOf } from '../values/table-shape.ts'
import { canonicalValue, holdsValues } from './same-values.ts'

/** `similar`: the row's, if the gateway changed a value or filled one in; else another row's. */
export type Likeness = 'equal' | 'similar' | 'other'

export interface Identity {
  /** Met by the row's record at least, whatever the gateway made of its values. */
  readonly where: Where
  /** Whether it rests on a key: then no other record has it, by the caller's word. */
  readonly isKeyed: boolean
  compare(record: TableRecord): Likeness
}

/**
 * The identity of a row by its key, or by all of its values where it has none, or not all of it.
 *
 * @param values of which none is undefined
 */
export function identityOf(
  values: Values,
  table: Table,
  dialect: Dialect,
  key: readonly string[] | undefined,
): Identity {
  const isKeyed = hasKey(values, key)
  const given = Object.entries(values).filter(
    ([name, value]) => value !== null && value !== undefined && (!isKeyed || key?.includes(name)),
  )
  const sought = Object.fromEntries(given)
  const traits = given.map(([name, value]) => traitOf(name, value, table, dialect))
  const empty = isKeyed
    ? []
    : table.columns.flatMap(({ name }) => (Object.hasOwn(sought, name) ? [] : [name]))
  return {
    where: { and: traits.map(({ where }) => where).filter((where) => where !== undefined) },
    isKeyed,
    compare(record) {
      if (holdsValues(record.values, sought, table)) {
        return empty.every((name) => isNull(record.values[name])) ? 'equal' : 'similar'
      }
      return traits.every((trait) => trait.isLike(record.values)) ? 'similar' : 'other'
    },
  }
}

/** Whether a row has a value in every column of a key. */
export function hasKey(values: Values, key: readonly string[] | undefined): boolean {
  return key?.every((name) => Object.hasOwn(values, name) && !isNull(values[name])) === true
}

/** The condition that a record holds these values, of which none is undefined. */
export function holds(values: Values): Where {
  return { and: Object.entries(values).map(([name, value]) => equals(name, value)) }
}

function equals(name: string, value: Value): Where {
  return { [quoteColumn(name)]: value === null ? { isNull: true } : { eq: value } }
}

function isNull(value: unknown): boolean {
  return value === null || value === undefined
}

/** One value of a row: how it is looked for, and whether a record may hold it in another form. */
interface Trait {
  readonly where: Where | undefined
  isLike(held: Values): boolean
}

function traitOf(name: string, value: Value, table: Table, dialect: Dialect): Trait {
  const type = columnsOf(table).get(name)?.known
  const text = encodeText(value, type, name)
  const change = likelyChange(text, type, dialect)
  const isSame = (held: Values): boolean =>
    canonicalValue(held[name], name, table) === canonicalValue(value, name, table)
  if (change === undefined) return { where: equals(name, value), isLike: isSame }
  const { where } = change
  return {
    where: where === undefined ? undefined : { [quoteColumn(name)]: where },
    isLike: (held) => isSame(held) || change.mayHaveBecome(held[name]),
  }
}

/** What a gateway may have made of a value. */
interface LikelyChange {
  /** What the changed value meets as well, if that narrows anything. */
  readonly where?: Comparison
  mayHaveBecome(held: unknown): boolean
}

/** Beyond so many digits a number does not survive a double. */
const DOUBLE_DIGITS = 15

function likelyChange(
  text: string,
  type: ColumnType | undefined,
  dialect: Dialect,
): LikelyChange | undefined {
  switch (type) {
    case undefined:
      return { mayHaveBecome: (held) => !isNull(held) }
    case 'text':
      return textChange(text, dialect)
    case 'timestamp':
      return cutToMilliseconds(text)
    case 'numeric': {
      const digits = readDecimal(text)?.digits.length ?? 0
      if (digits <= DOUBLE_DIGITS) return undefined
      return { mayHaveBecome: (held) => Number(held) === Number(text) }
    }
    case 'jsonb':
      // No filter is known for it; comparing is done by the row as a whole.
      return { mayHaveBecome: () => false }
    default:
      return undefined
  }
}

/** White space at the ends may be cut off; how null is written, nobody said. */
function textChange(text: string, dialect: Dialect): LikelyChange | undefined {
  const trimmed = text.trim()
  const mayBeNull = dialect.nullEncoding === 'omit' && (trimmed === '' || text === 'null')
  if (trimmed === text && !mayBeNull) return undefined
  return {
    mayHaveBecome: (held) =>
      isNull(held) ? mayBeNull : typeof held === 'string' && held.trim() === trimmed,
  }
}

/** A gateway written in JavaScript shows no microseconds. */
function cutToMilliseconds(text: string): LikelyChange | undefined {
  const cut = Date.parse(text)
  const from = new Date(cut).toISOString()
  if (from.length === text.length) return undefined
  const where = { gte: from, lt: new Date(cut + 1).toISOString() }
  return { where, mayHaveBecome: (held) => typeof held === 'string' && Date.parse(held) === cut }
}
