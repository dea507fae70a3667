import {
  type ChatlayerError,
  type ErrorCode,
  type StoredDifference,
  stringifyJson,
  type Value,
} from '@chatlayer-tables/core'
import { CellError, printable } from '@chatlayer-tables/files'

/** A value that the gateway stored otherwise than it was sent; both as shortened text. */
export interface StoredValue {
  readonly column: string
  readonly sent: string | null
  readonly stored: string | null
}

/** A problem of one write. */
export interface WriteProblem {
  /** `stored`: the row was written, and the gateway stored some values otherwise. */
  readonly outcome: 'rejected' | 'unknown' | 'stored'
  /** The table's name of the column, where one is to blame. */
  readonly column: string | undefined
  /** The cell's text, made printable and cut short; where the cell is to blame. */
  readonly value: string | undefined
  readonly code: ErrorCode | 'STORED_OTHERWISE'
  readonly reason: string
  readonly fix: string | undefined
  /** The gateway's HTTP status, where it refused the row. */
  readonly status: number | undefined
  /** What was tried to determine the outcome of the row. */
  readonly tried: readonly string[] | undefined
  /** The record's id and the values in question, for `stored`. */
  readonly id?: string | undefined
  readonly stored?: readonly StoredValue[] | undefined
}

/** A row with a problem, as `NAME.errors.ndjson` and `--json` list it. */
export interface RowProblem extends WriteProblem {
  /** Where the row begins in the file. */
  readonly line: number
}

/** Whether an error is about the row itself, so that sending it again as it is makes no sense. */
const IS_OF_THE_ROW: Readonly<Record<ErrorCode, boolean>> = {
  INVALID_INPUT: true,
  NOT_EXPRESSIBLE: true,
  REJECTED: true,
  CONFIGURATION: false,
  NOT_FOUND: false,
  AUTHENTICATION: false,
  PERMISSION: false,
  RATE_LIMITED: false,
  GATEWAY: false,
  CONNECTION: false,
  TIMEOUT: false,
  UNEXPECTED_ANSWER: false,
  TABLE_CHANGED: false,
  CONFLICT: false,
  UNKNOWN_OUTCOME: false,
  WRITE_FAILED: false,
}

export function isOfTheRow({ code }: ChatlayerError): boolean {
  return IS_OF_THE_ROW[code]
}

export function rowProblem(
  outcome: 'rejected' | 'unknown',
  error: ChatlayerError,
  tried?: readonly string[],
): WriteProblem {
  return {
    outcome,
    column: columnOf(error),
    value: error instanceof CellError ? error.value : undefined,
    code: error.code,
    reason: error.message,
    fix: error.hint,
    status: 'status' in error ? error.status : undefined,
    tried,
  }
}

/** The problem of a written row in which the gateway stored some values otherwise. */
export function storedProblem(
  id: string | undefined,
  differences: readonly StoredDifference[],
): WriteProblem {
  const stored = differences.map(
    ({ column, sent, stored }): StoredValue => ({
      column,
      sent: valueText(sent),
      stored: valueText(stored),
    }),
  )
  return {
    outcome: 'stored',
    column: stored.length === 1 ? stored[0]?.column : undefined,
    value: undefined,
    code: 'STORED_OTHERWISE',
    reason: stored.map(storedText).join('; '),
    fix: undefined,
    status: undefined,
    tried: undefined,
    id,
    stored,
  }
}

/** Text such as `column "at" was sent as "12:00" and stored as null`. */
export function storedText({ column, sent, stored }: StoredValue): string {
  const quoted = (text: string | null) => (text === null ? 'null' : `"${text}"`)
  return `column "${column}" was sent as ${quoted(sent)} and stored as ${quoted(stored)}`
}

/** Longer values are cut where a person reads them. */
const MAX_SHOWN = 200

/** A value as text of one line, cut short; null for null. */
export function valueText(value: Value): string | null {
  if (value === null) return null
  const text = value instanceof Date ? value.toISOString() : stringifyOrText(value)
  return printable(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text)
}

function stringifyOrText(value: Exclude<Value, null | Date>): string {
  return typeof value === 'string' ? value : stringifyJson(value)
}

/** Errors name the place as `values.<column>`, perhaps with a place inside a JSON value. */
export function columnOf(error: ChatlayerError): string | undefined {
  const field = 'field' in error ? error.field : undefined
  return typeof field === 'string' && field.startsWith('values.') ? field.slice(7) : undefined
}
