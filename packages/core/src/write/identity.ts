/**
 * Conditions that identify the record of a row. A gateway may store a value in another form: values
 * that it is known or likely to change are not searched for, and a record that differs only in such
 * values may or may not be the row's.
 */
import type { ColumnType, Dialect, Table } from '@chatlayer-tables/contract'
import { quoteColumn } from '../query/subject.ts'
import type { Where } from '../query/where-types.ts'
import type { TableRecord, Value, Values } from '../types.ts'
import { readDecimal } from '../values/decimal.ts'
import { encodeText } from '../values/literal.ts'
import { columnsOf } from '../values/table-shape.ts'
import type { InsertRequest } from './insert-request.ts'
import { holdsValues } from './same-values.ts'

export interface Identity {
  /** A condition that the row's record meets, in whatever form its values are stored. */
  readonly where: Where
  /** Whether it is based on a key, which the caller has declared unique. */
  readonly isKeyed: boolean
  /**
   * Whether a record that meets the condition is equal to the row; otherwise it only resembles it.
   */
  readonly isEqual: (record: TableRecord) => boolean
}

/**
 * The identity of a row by its key, or by all of its values where it has no key or an incomplete
 * one.
 *
 * @param altered columns in which the gateway is known to store values differently from what was
 *   sent
 * @returns undefined where the row has no other columns to search by
 */
export function identityOf(
  { values, table, key }: Pick<InsertRequest, 'values' | 'table' | 'key'>,
  dialect: Dialect,
  altered: ReadonlySet<string> = NONE,
): Identity | undefined {
  const isKeyed = hasKey(values, key)
  const given = Object.entries(values).filter(
    ([name, value]) => !isNull(value) && (!isKeyed || key?.includes(name)),
  )
  const sought = Object.fromEntries(given)
  const empty = isKeyed ? [] : table.columns.filter(({ name }) => !Object.hasOwn(sought, name))
  const searched = given.filter(([name]) => !altered.has(name))
  if (searched.length === 0 && given.length > 0) return undefined
  return {
    where: { and: searched.flatMap(([name, value]) => traitsOf(name, value, table, dialect)) },
    isKeyed,
    isEqual: (record) =>
      holdsValues(record.values, sought, table, dialect.timestampPrecision) &&
      empty.every(({ name }) => isNull(record.values[name])),
  }
}

const NONE: ReadonlySet<string> = new Set()

/** Whether a row has a value in every column of a key. */
export function hasKey(values: Values, key: readonly string[] | undefined): boolean {
  return key?.every((name) => Object.hasOwn(values, name) && !isNull(values[name])) === true
}

/** The condition that a record holds these values, none of which is undefined. */
export function holds(values: Values): Where {
  return { and: Object.entries(values).map(([name, value]) => equals(name, value)) }
}

function equals(name: string, value: Value): Where {
  return { [quoteColumn(name)]: value === null ? { isNull: true } : { eq: value } }
}

function isNull(value: unknown): boolean {
  return value === null || value === undefined
}

/** Digits that a number can have without loss in a double. */
const DOUBLE_DIGITS = 15

/**
 * Conditions that a record holds a value, in whatever form; none where that cannot be expressed.
 */
function traitsOf(name: string, value: Value, table: Table, dialect: Dialect): Where[] {
  const type: ColumnType | undefined = columnsOf(table).get(name)?.known
  const text = encodeText(value, type, name)
  switch (type) {
    case undefined:
      return []
    case 'text': {
      // Leading and trailing white space may be removed, and it is unknown how null is stored.
      const mayBeNull = dialect.nullEncoding === 'omit' && (text === '' || text === 'null')
      return mayBeNull || text !== text.trim() ? [] : [equals(name, value)]
    }
    case 'numeric': {
      const { length } = readDecimal(text)?.digits ?? ''
      return length > DOUBLE_DIGITS ? [] : [equals(name, value)]
    }
    case 'timestamp': {
      // A gateway written in JavaScript returns no microseconds, and may round.
      const unit = dialect.timestampPrecision === 'seconds' ? 1_000 : 1
      const exact = Date.parse(text)
      const isFine = new Date(exact).toISOString().length !== text.length || exact % unit !== 0
      if (!isFine) return [equals(name, value)]
      const ms = exact - (((exact % unit) + unit) % unit)
      const [gte, lte] = [ms, ms + unit].map((at) => new Date(at).toISOString())
      return [{ [quoteColumn(name)]: { gte, lte } }]
    }
    default:
      return [equals(name, value)]
  }
}
