import type { Table, Version } from '@chatlayer-tables/contract'
import type { Outcome, TableRecord, Values } from '../types.ts'

/** One record's write, told before its request leaves. */
export interface WriteIntent {
  readonly table: Table
  readonly version: Version
  readonly change: 'inserted' | 'updated' | 'deleted'
  /** The record's id; undefined for an insert. */
  readonly id: string | undefined
  /** The record as it stood; undefined for an insert. */
  readonly before: TableRecord | undefined
  /** The values that are written; undefined for a delete. */
  readonly values: Values | undefined
}

/**
 * Told of every write. Both calls are awaited, so that a listener can make an intent durable before
 * the request leaves. An error of `before` stops that write and becomes its outcome; one of `after`
 * ends the call.
 */
export interface WriteListener {
  before(intent: WriteIntent): void | Promise<void>
  after(intent: WriteIntent, outcome: Outcome<unknown>): void | Promise<void>
}
