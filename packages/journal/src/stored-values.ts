/** Values of a record as the journal keeps them. */
import { createHash } from 'node:crypto'
import {
  canonicalValue,
  parseJson,
  type StoredDifference,
  stringifyJson,
  type Value,
  type Values,
} from '@chatlayer-tables/core'
import type { RedactHow, Redaction } from './redact.ts'
import type { JournalTable } from './types.ts'

/** Hidden columns with the hash of their value; null where no hash is kept. */
export type Hidden = Readonly<Record<string, string | null>>

/** The kept values of a record, and its hidden columns. */
export interface Kept {
  readonly values: Values
  readonly hidden: Hidden
}

export const NOTHING_HIDDEN: Hidden = {}

/** Removes the values of hidden columns. */
export function keep(
  values: Values,
  table: JournalTable,
  rules: ReadonlyMap<string, RedactHow> | undefined,
  redaction: Redaction,
): Kept {
  if (rules === undefined) return { values, hidden: NOTHING_HIDDEN }
  const kept: [string, Value][] = []
  const hidden: [string, string | null][] = []
  for (const [column, value] of Object.entries(values)) {
    const how = rules.get(column)
    if (how === undefined) kept.push([column, value])
    else if (how === 'drop') hidden.push([column, null])
    else hidden.push([column, redaction.hash(canonicalValue(value, column, table))])
  }
  return { values: Object.fromEntries(kept), hidden: Object.fromEntries(hidden) }
}

export function valuesToText(values: Values): string {
  return stringifyJson(hasOddValue(values) ? plainValues(values) : values)
}

export function valuesFromText(text: unknown): Values | undefined {
  // The schema version guarantees that this program wrote it.
  return typeof text === 'string' ? (parseJson(text) as Values) : undefined
}

/** The columns whose values differ from the expected ones; hidden columns are compared by hash. */
export function differences(
  expected: Kept,
  present: Values,
  table: JournalTable,
  redaction: Redaction,
): string[] {
  const canonical = (value: Value | undefined, column: string) =>
    canonicalValue(value ?? null, column, table)
  const known = Object.keys(expected.values).filter(
    (column) =>
      canonical(expected.values[column], column) !== canonical(ownValue(present, column), column),
  )
  const hashed = Object.entries(expected.hidden).filter(
    ([column, hash]) =>
      hash !== null && hash !== redaction.hash(canonical(ownValue(present, column), column)),
  )
  return [...known, ...hashed.map(([column]) => column)]
}

/** The values of a record after an update. */
export function overlay(before: Kept, after: Kept): Kept {
  const values = { ...before.values, ...after.values }
  const hidden = { ...before.hidden, ...after.hidden }
  // A column may have been hidden between the two.
  for (const column of Object.keys(after.hidden)) delete values[column]
  for (const column of Object.keys(after.values)) delete hidden[column]
  return { values, hidden }
}

/** Written values that the gateway stored otherwise than sent, in part. */
export interface StoredOtherwise {
  /** The written values as the gateway stored them. */
  readonly after: Kept
  /** The values that were sent, of the columns that differ. */
  readonly sent: Kept
}

/** @param after the values as they were sent */
export function storedOtherwise(
  after: Kept,
  stored: readonly StoredDifference[],
  table: JournalTable,
  rules: ReadonlyMap<string, RedactHow> | undefined,
  redaction: Redaction,
): StoredOtherwise {
  const of = (which: 'sent' | 'stored') =>
    keep(
      Object.fromEntries(stored.map((each) => [each.column, each[which]])),
      table,
      rules,
      redaction,
    )
  return { after: overlay(after, of('stored')), sent: of('sent') }
}

/** Kept values as text; see {@link keptFromText}. */
export function keptToText({ values, hidden }: Kept): string {
  return `{"values":${valuesToText(values)},"hidden":${JSON.stringify(hidden)}}`
}

export function keptFromText(text: unknown): Kept | undefined {
  return typeof text === 'string' ? (parseJson(text) as unknown as Kept) : undefined
}

/** The values of a new record: columns without a value are null. */
export function withNulls({ values, hidden }: Kept, table: JournalTable): Kept {
  const empty = table.columns.filter(
    ({ name }) => !Object.hasOwn(values, name) && !Object.hasOwn(hidden, name),
  )
  return {
    values: { ...Object.fromEntries(empty.map(({ name }) => [name, null])), ...values },
    hidden,
  }
}

/** A hash that is the same for equal rows. */
export function contentHash(values: Values, table: JournalTable): Uint8Array {
  const content = JSON.stringify(
    table.columns.map(({ name }) => canonicalValue(ownValue(values, name) ?? null, name, table)),
  )
  return createHash('sha256').update(content).digest().subarray(0, 16)
}

function ownValue(values: Values, column: string): Value | undefined {
  return Object.hasOwn(values, column) ? values[column] : undefined
}

function hasOddValue(values: Values): boolean {
  return Object.values(values).some(isOdd)
}

/** Whether JSON has no form for a value, or another form than records are read in. */
function isOdd(value: Value | undefined): boolean {
  return value instanceof Date || (typeof value === 'number' && !Number.isFinite(value))
}

function plainValues(values: Values): Values {
  const plain = Object.entries(values).map(([column, value]) => {
    if (value instanceof Date) return [column, value.toISOString()]
    return [column, isOdd(value) ? String(value) : value]
  })
  return Object.fromEntries(plain)
}
