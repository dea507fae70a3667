/** A table that is looked at again and again: what has changed since the last look. */
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

/** So few records are read as a whole: asking what has changed would cost as much. */
const SMALL = 500
/** A record may be dated before it can be seen, by as long as its write took; clocks differ, too. */
const MARGIN_MS = 30_000
/** What no look by dates can show is found by a whole reading now and then, */
const WHOLE_EVERY_MS = 10 * 60_000
/** which takes at most this share of the time. */
const WHOLE_SHARE = 0.05
/** A table that is written to while it is looked at is looked at again, so often. */
const MAX_ROUNDS = 2
/** How often a first look is tried in all, where others write to the table meanwhile. */
const MAX_BEGINNINGS = 5

export interface Watched extends Reading {
  readonly client: Client
}

/** Why every look reads the table as a whole. */
export type WholeReason =
  /** It holds few records. */
  | 'small'
  /** The gateway is not known to filter by dates. */
  | 'no-date-filter'
  /** It cannot filter the condition, so that nothing cheap tells how many records meet it. */
  | 'condition'
  /** There are records without a date. */
  | 'no-dates'
  /** A record was seen to change without a new date. */
  | 'dates-stand-still'

interface Clocks {
  /** Monotonic, in milliseconds. */
  readonly steady: () => number
  /** The system clock, in milliseconds since 1970; it may be set while we watch. */
  readonly wall: () => number
  /** How far the gateway's clock is ahead of the system clock, where its responses state a time. */
  readonly ahead: () => number | undefined
}

export class WatchedTable {
  readonly #watched: Watched
  readonly #clocks: Clocks
  readonly #gateway = new GatewayClock()
  #records: ReadonlyMap<string, TableRecord> = new Map()
  #hasUndated = false
  /** Everything that was written before this instant of the gateway's clock has been seen. */
  #seenUntil = Number.NEGATIVE_INFINITY
  #whole = { at: 0, tookMs: 0 }
  #reason: WholeReason | undefined
  #isReasonOld = true
  #wasProbed = false

  constructor(watched: Watched, clocks: Clocks = clocksOf(watched.client)) {
    this.#watched = watched
    this.#clocks = clocks
  }

  /** How many records there were at the last look. */
  get size(): number {
    return this.#records.size
  }

  /** Why looks read the whole table; undefined where they go by dates. */
  get wholeReason(): WholeReason | undefined {
    return this.#reason
  }

  /**
   * The first look, which has nothing to be compared with. A second one, of which nothing is reported,
   * finds what the first missed while others wrote.
   *
   * @throws the errors of a request; TableChangedError when others write too much for a first look
   */
  async begin(call: CallOptions): Promise<void> {
    for (let left = MAX_BEGINNINGS - 1; !(await this.#hasBegun(call, left > 0)); left -= 1);
    await this.#settleReason(call)
    await this.look(call)
    // What the first look missed has old dates, which says nothing about the gateway's.
    if (this.#reason === 'dates-stand-still') await this.#settleReason(call)
  }

  /** @returns false when the reading was incomplete, where that may be */
  async #hasBegun(call: CallOptions, mayBeIncomplete: boolean): Promise<boolean> {
    try {
      await this.#readWhole(call)
      return true
    } catch (error) {
      if (!(error instanceof TableChangedError) || !mayBeIncomplete) throw error
      return false
    }
  }

  /**
   * Looks again. Nothing is taken over when it throws: the next look finds what this one would have
   * told.
   *
   * @throws the errors of a request
   */
  async look(call: CallOptions): Promise<WatchEvent[]> {
    if (this.#isReasonOld) await this.#settleReason(call)
    const sinceWhole = this.#clocks.steady() - this.#whole.at
    const isOverdue = sinceWhole > Math.max(WHOLE_EVERY_MS, this.#whole.tookMs / WHOLE_SHARE)
    const isByDates = this.#reason === undefined
    const found = isByDates && !isOverdue ? await this.#lookByDates(call) : undefined
    if (found !== undefined) return found
    const [before, since] = [this.#records, this.#since]
    const table = await this.#readWhole(call)
    const events = compareAll(before, this.#records, table)
    if (isByDates && events.some((event) => isDatedBefore(event, since))) {
      this.#reason = 'dates-stand-still'
      this.#isReasonOld = false
    }
    return events
  }

  /** @returns undefined when records have gone, or something else does not add up */
  async #lookByDates(call: CallOptions): Promise<WatchEvent[] | undefined> {
    const { handle, where } = this.#watched
    const table = await handle.definition(call)
    const matches = where === undefined ? () => true : recordFilter(where, table)
    const changed: Where = { updatedAt: { gte: this.#since } }
    const found = new Map<string, TableRecord | undefined>()
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const began = this.#gatewayTime()
      // With all columns, since the condition may be on others than those that are shown.
      for await (const record of handle.records({ where: changed }, call)) {
        this.#gateway.see(Date.parse(record.updatedAt), this.#clocks.steady())
        found.set(record.id, matches(record) ? this.#shown(record) : undefined)
      }
      this.#limitGatewayTime()
      const size = this.#sizeWith(found)
      if ((await handle.count(where, call)) !== size) continue
      this.#seenUntil = began
      return this.#take(found, table)
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

  #take(found: ReadonlyMap<string, TableRecord | undefined>, table: Table): WatchEvent[] {
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
    // Of the first reading, the beginning is known no better than by its end.
    this.#seenUntil = Math.max(began.gateway, this.#gatewayTime() - tookMs)
    this.#isReasonOld = this.#reason !== 'dates-stand-still'
    return table
  }

  /** To be called as soon as something was read: the stated time is then of this moment. */
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

  async #settleReason(call: CallOptions): Promise<void> {
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
      // By reads alone. One that fails leaves things as they are.
      await client.probe({ ...call, table: id }).catch(() => undefined)
      call.signal?.throwIfAborted()
    }
    const byDates = await this.#plan({ updatedAt: { gte: this.#since } }, call)
    if (!byDates.isOneSelect) return 'no-date-filter'
    if (where === undefined) return undefined
    const { isOneSelect, isExact } = await this.#plan(where, call)
    return isOneSelect && isExact ? undefined : 'condition'
  }

  /** How far the gateway filters a condition. */
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

/** What a look by dates from `since` on would not have shown, though it was there to be seen. */
function isDatedBefore(event: WatchEvent, since: string): boolean {
  return event.event !== 'removed' && !(Date.parse(event.record.updatedAt) >= Date.parse(since))
}
