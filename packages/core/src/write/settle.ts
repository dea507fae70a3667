/**
 * Settling: an INSERT whose answer never came is looked for, not repeated. What is found is counted
 * against the equal rows that are already accounted for; see `ledger.ts`.
 */
import type { ChatlayerError } from '../errors.ts'
import { RecordQuery } from '../query/record-query.ts'
import { quoteColumn } from '../query/subject.ts'
import type { CallOptions, TableRecord, Value, Values, Where } from '../types.ts'
import type { EarlierAttempt } from './earlier.ts'
import type { InsertGroup } from './ledger.ts'
import type { WriteContext } from './write-context.ts'

/** What tells a row's record from others. */
export interface Identity {
  /** Columns whose values the record must hold: the key's, or all that the row gives. */
  readonly values: Values
  /** Columns that must be null, because the row leaves them out; none where a key is enough. */
  readonly empty: readonly string[]
}

export interface Sighting {
  /** Records that are this row's or an equal row's, and that no row is known to own. */
  readonly free: readonly TableRecord[]
  /** How many of these belong to rows that landed under an id we were not told. */
  readonly owed: number
  /**
   * Records that hold the row's values and something else where the row has nothing: a default that
   * the gateway filled in, or another row's record. They leave the matter open.
   */
  readonly similar: number
}

/**
 * How long to wait before each look, by what went wrong: a request that was answered has been
 * worked off, one that was cut off or timed out may still be at work over there.
 */
export function lookDelays(error: ChatlayerError): readonly number[] {
  if (error.code === 'TIMEOUT') return [0, 500, 2_000]
  if (error.code === 'CONNECTION') return [0, 150, 600]
  return [0, 250]
}

/** Looks once for records of an identity that can have been made since `startedAt` (our clock). */
export async function look(
  context: WriteContext,
  identity: Identity,
  group: InsertGroup,
  startedAt: number,
  earlier: EarlierAttempt | undefined,
  call: CallOptions,
): Promise<Sighting> {
  const landed = earlier?.anonymous()
  const since = Math.min(group.since(startedAt), landed?.since ?? startedAt)
  const found = await new RecordQuery(context, { where: holds(identity.values) }, call).toArray()
  const recent = found.filter((record) => context.clock.canFollow(record.createdAt, since))
  const equal = recent.filter((record) => identity.empty.every((name) => isNull(record, name)))
  return {
    free: equal.filter(({ id }) => !context.ledger.isTaken(id) && earlier?.isTaken(id) !== true),
    owed: group.anonymous + (landed?.count ?? 0),
    similar: recent.length - equal.length,
  }
}

function isNull(record: TableRecord, column: string): boolean {
  return !Object.hasOwn(record.values, column) || record.values[column] === null
}

/** The condition that a record holds these values. */
export function holds(values: Values): Where {
  return { and: Object.entries(values).map(([column, value]) => equals(column, value)) }
}

function equals(column: string, value: Value): Where {
  return { [quoteColumn(column)]: value === null ? { isNull: true } : { eq: value } }
}

/** The identity of a row by its key, or by all of its values where it has none. */
export function identityOf(
  values: Values,
  columns: readonly string[],
  key: readonly string[] | undefined,
): Identity {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined)
  if (key !== undefined) {
    return { values: Object.fromEntries(given.filter(([name]) => key.includes(name))), empty: [] }
  }
  const held = new Map(given)
  return { values: Object.fromEntries(given), empty: columns.filter((name) => !held.has(name)) }
}
