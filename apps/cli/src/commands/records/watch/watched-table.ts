/** Polls a table for changes since the last poll. */
import {
  type CallOptions,
  type Client,
  recordFilter,
  type Table,
  TableChangedError,
  type TableRecord,
  type Value,
  type Where,
} from '@chatlayer-tables/core'
import { compareAll, compareRecords, type WatchEvent } from './difference.ts'
import { GatewayClock } from './gateway-clock.ts'
import { type Reading, readTable } from './read-table.ts'

/** Tables of up to this many records are read completely: filtering by date would cost as much. */
const SMALL = 500
/** A record may become visible this long after its date: writes take time, and clocks differ. */
const MARGIN_MS = 30_000
/** Interval of complete readings, which find changes that polls by date cannot show. */
const WHOLE_EVERY_MS = 10 * 60_000
/** Maximum share of the time that complete readings take. */
const WHOLE_SHARE = 0.05
/** Number of polls by date if the table changes during a poll. */
const MAX_ROUNDS = 2
/** Number of attempts of the first reading if the table changes meanwhile. */
const MAX_FIRST_READINGS = 5

export interface Watched extends Reading {
  readonly client: Client
}

/** Why every poll reads the whole table. */
export type WholeReason =
  /** It has few records. */
  | 'small'
  /** The gateway may be unable to filter by date. */
  | 'no-date-filter'
  /** It cannot filter by the condition, so counting the matching records is expensive. */
  | 'condition'
  /** Some records have no date. */
  | 'no-dates'
  /** A record changed without a new date. */
  | 'unchanged-dates'

interface Clocks {
  /** Monotonic clock, in milliseconds. */
  readonly steady: () => number
  /** System clock, in milliseconds since 1970; it may be set during the watch. */
  readonly wall: () => number
  /** Milliseconds that the gateway's clock is ahead of the system clock, if its responses state a time. */
  readonly ahead: () => number | undefined
}

export class WatchedTable {
  readonly #watched: Watched
  readonly #clocks: Clocks
  readonly #gateway = new GatewayClock()
  #records: ReadonlyMap<string, TableRecord> = new Map()
  #hasUndated = false
  /** All writes before this time of the gateway's clock have been seen. */
  #seenUntil = Number.NEGATIVE_INFINITY
  #whole = { at: 0, tookMs: 0 }
  #reason: WholeReason | undefined
  #isReasonOld = true
  #wasProbed = false

  constructor(watched: Watched, clocks: Clocks = clocksOf(watched.client)) {
    this.#watched = watched
    this.#clocks = clocks
  }

  /** Number of records at the last poll. */
  get size(): number {
    return this.#records.size
  }

  /** Why polls read the whole table; undefined if they filter by date. */
  get wholeReason(): WholeReason | undefined {
    return this.#reason
  }

  /**
   * Reads the table for the first time. A second reading, whose changes are not reported, finds records
   * that the first missed while others wrote.
   *
   * @throws the errors of a request; TableChangedError if the table changes too often to be read
   */
  async begin(call: CallOptions): Promise<void> {
    for (
      let left = MAX_FIRST_READINGS - 1;
      !(await this.#tryFirstReading(call, left > 0));
      left -= 1
    );
    await this.#updateReason(call)
    await this.poll(call)
    // Records that the first reading missed have old dates, although the gateway updates dates.
    if (this.#reason === 'unchanged-dates') await this.#updateReason(call)
  }

  /** @returns false after an incomplete reading, if one is allowed */
  async #tryFirstReading(call: CallOptions, mayBeIncomplete: boolean): Promise<boolean> {
    try {
      await this.#readWhole(call)
      return true
    } catch (error) {
      if (!(error instanceof TableChangedError) || !mayBeIncomplete) throw error
      return false
    }
  }

  /**
   * Polls for changes. If it throws, no state changes: the next poll finds the same changes.
   *
   * @throws the errors of a request
   */
  async poll(call: CallOptions): Promise<WatchEvent[]> {
    if (this.#isReasonOld) await this.#updateReason(call)
    const sinceWhole = this.#clocks.steady() - this.#whole.at
    const isOverdue = sinceWhole > Math.max(WHOLE_EVERY_MS, this.#whole.tookMs / WHOLE_SHARE)
    const isByDates = this.#reason === undefined
    const found = isByDates && !isOverdue ? await this.#pollByDate(call) : undefined
    if (found !== undefined) return found
    const [before, since] = [this.#records, this.#since]
    const table = await this.#readWhole(call)
    const events = compareAll(before, this.#records, table)
    if (isByDates && events.some((event) => isDatedBefore(event, since))) {
      this.#reason = 'unchanged-dates'
      this.#isReasonOld = false
    }
    return events
  }

  /** @returns undefined if the count does not match, such as after records were removed */
  async #pollByDate(call: CallOptions): Promise<WatchEvent[] | undefined> {
    const { handle, where } = this.#watched
    const table = await handle.definition(call)
    const matches = where === undefined ? () => true : recordFilter(where, table)
    const changed: Where = { updatedAt: { gte: this.#since } }
    const found = new Map<string, TableRecord | undefined>()
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const began = this.#gatewayTime()
      // Read all columns, since the condition may use columns that are not shown.
      for await (const record of handle.records({ where: changed }, call)) {
        this.#gateway.see(Date.parse(record.updatedAt), this.#clocks.steady())
        found.set(record.id, matches(record) ? this.#shown(record) : undefined)
      }
      this.#limitGatewayTime()
      const size = this.#sizeWith(found)
      if ((await handle.count(where, call)) !== size) continue
      this.#seenUntil = began
      return this.#apply(found, table)
    }
    return undefined
  }

  #sizeWith(found: ReadonlyMap<string, TableRecord | undefined>): number {
    let size = this.#records.size
    for (const [id, record] of found) {
      size += Number(record !== undefined) - Number(this.#records.has(id))
    }
    return size
  }

  #apply(found: ReadonlyMap<string, TableRecord | undefined>, table: Table): WatchEvent[] {
    const records = this.#records as Map<string, TableRecord>
    const events: WatchEvent[] = []
    for (const [id, record] of found) {
      const event = compareRecords(records.get(id), record, table)
      if (event !== undefined) events.push(event)
      if (record === undefined) records.delete(id)
      else records.set(id, record)
    }
    return events
  }

  async #readWhole(call: CallOptions): Promise<Table> {
    const table = await this.#watched.handle.definition(call)
    const began = { at: this.#clocks.steady(), gateway: this.#gatewayTime() }
    const records = await readTable(this.#watched, this.#records, call)
    let latest = Number.NEGATIVE_INFINITY
    let hasUndated = false
    for (const { updatedAt } of records.values()) {
      const date = Date.parse(updatedAt)
      if (Number.isNaN(date)) hasUndated = true
      else latest = Math.max(latest, date)
    }
    const at = this.#clocks.steady()
    const tookMs = at - began.at
    this.#gateway.see(latest, at)
    this.#limitGatewayTime()
    this.#records = records
    this.#hasUndated = hasUndated
    this.#whole = { at, tookMs }
    // The start of the first reading is known only from its end.
    this.#seenUntil = Math.max(began.gateway, this.#gatewayTime() - tookMs)
    this.#isReasonOld = this.#reason !== 'unchanged-dates'
    return table
  }

  /** Call this directly after a response, when the time that it states is current. */
  #limitGatewayTime(): void {
    const { steady, wall, ahead } = this.#clocks
    const aheadMs = ahead() ?? (this.#gateway.isLimited ? undefined : 0)
    if (aheadMs !== undefined) this.#gateway.limit(wall() + aheadMs, steady())
  }

  #gatewayTime(): number {
    return this.#gateway.atLeast(this.#clocks.steady())
  }

  get #since(): string {
    return Number.isFinite(this.#seenUntil)
      ? new Date(Math.floor(this.#seenUntil - MARGIN_MS)).toISOString()
      : ''
  }

  async #updateReason(call: CallOptions): Promise<void> {
    this.#reason = await this.#findReason(call)
    this.#isReasonOld = false
  }

  async #findReason(call: CallOptions): Promise<WholeReason | undefined> {
    const { client, handle, where } = this.#watched
    if (this.size <= SMALL) return 'small'
    if (this.#hasUndated || this.#since === '') return 'no-dates'
    if (client.dialect.timestampFilter === 'none' && !this.#wasProbed) {
      this.#wasProbed = true
      const { id } = await handle.definition(call)
      // Without a scratch table, the probe only reads. If it fails, nothing changes.
      await client.probe({ ...call, table: id }).catch(() => undefined)
      call.signal?.throwIfAborted()
    }
    const byDates = await this.#plan({ updatedAt: { gte: this.#since } }, call)
    if (!byDates.isOneSelect) return 'no-date-filter'
    if (where === undefined) return undefined
    const { isOneSelect, isExact } = await this.#plan(where, call)
    return isOneSelect && isExact ? undefined : 'condition'
  }

  /** How much of a condition the gateway filters. */
  async #plan(where: Where, call: CallOptions) {
    const plan = await this.#watched.handle.records({ where }, call).explain()
    return {
      isOneSelect: plan.strategy === 'select' && plan.wire.length === 1,
      isExact: plan.local.length === 0,
    }
  }

  #shown(record: TableRecord): TableRecord {
    const { select } = this.#watched
    if (select === undefined) return record
    const { values } = record
    const shown = select.map((name): [string, Value] => [
      name,
      Object.hasOwn(values, name) ? (values[name] ?? null) : null,
    ])
    return { ...record, values: Object.fromEntries(shown) }
  }
}

function clocksOf(client: Client): Clocks {
  return {
    steady: () => performance.now(),
    wall: () => Date.now(),
    ahead: () => client.clockOffsetMs(),
  }
}

/** Whether a poll for dates since `since` would have missed this change. */
function isDatedBefore(event: WatchEvent, since: string): boolean {
  return event.event !== 'removed' && !(Date.parse(event.record.updatedAt) >= Date.parse(since))
}
