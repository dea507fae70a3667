/** One INSERT, from the row to its outcome. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  canonicalFields,
  type Field,
  insertAction,
  recordsOf,
  type Table,
  type WireRecord,
} from '@chatlayer-tables/contract'
import { ChatlayerError, UnknownOutcomeError } from '../errors.ts'
import type { CallOptions, Outcome, TableRecord, Values } from '../types.ts'
import { decodeRecord, decoderOf } from '../values/decode.ts'
import { encodeFields } from '../values/encode.ts'
import { stringifyJson } from '../values/json.ts'
import { type EarlierAttempt, earlierLookDelays } from './earlier.ts'
import type { InsertGroup } from './ledger.ts'
import { holdsValues } from './same-values.ts'
import { type Identity, identityOf, look, lookDelays, type Sighting } from './settle.ts'
import type { WriteContext } from './write-context.ts'

/** A row that was found not to have landed is sent again at most so often. */
const MOST_SENDS = 4

export interface InsertOptions extends CallOptions {
  /** Columns whose values no two records share: what an unanswered insert is looked for by. */
  readonly key?: readonly string[] | undefined
  readonly earlier?: EarlierAttempt | undefined
}

type Fate =
  | { readonly status: 'ok'; readonly id: string | undefined }
  | { readonly status: 'rejected'; readonly error: ChatlayerError }
  | { readonly status: 'unknown'; readonly error: UnknownOutcomeError }

/** Inserts one row and finds out how it ended. Trouble is an outcome, the caller's abort too. */
export async function insertRow<Row>(
  context: WriteContext,
  table: Table,
  values: Values,
  base: { readonly index: number; readonly row: Row },
  options: InsertOptions,
): Promise<Outcome<Row>> {
  const { listener } = context
  let insert: Insert
  try {
    insert = new Insert(context, table, values, options)
    if (listener !== undefined) await listener.before(insert.intent)
  } catch (error) {
    if (!(error instanceof ChatlayerError)) throw error
    return { index: base.index, row: base.row, status: 'rejected', id: undefined, error }
  }
  const outcome = outcomeOf(await insert.run(), base)
  if (listener !== undefined) await listener.after(insert.intent, outcome)
  return outcome
}

function outcomeOf<Row>(fate: Fate, { index, row }: { index: number; row: Row }): Outcome<Row> {
  switch (fate.status) {
    case 'ok':
      return { status: 'ok', index, row, change: 'inserted', id: fate.id }
    case 'rejected':
      return { status: 'rejected', index, row, id: undefined, error: fate.error }
    case 'unknown': {
      const { error } = fate
      return { status: 'unknown', index, row, id: undefined, error, tried: error.tried }
    }
  }
}

class Insert {
  readonly #context: WriteContext
  readonly #table: Table
  readonly #values: Values
  readonly #options: InsertOptions
  readonly #fields: readonly Field[]
  readonly #tried: string[] = []

  constructor(context: WriteContext, table: Table, values: Values, options: InsertOptions) {
    this.#context = context
    this.#table = table
    this.#values = values
    this.#options = options
    this.#fields = encodeFields(values, table, context.dialect(), 'insert')
  }

  get intent() {
    return {
      table: this.#table,
      version: this.#context.version,
      change: 'inserted' as const,
      id: undefined,
      before: undefined,
      values: this.#values,
    }
  }

  /** @returns how the row ended; an abort leaves it unknown, since the request may be on its way */
  async run(): Promise<Fate> {
    const { clock, ledger } = this.#context
    const firstAt = this.#options.earlier?.attemptedAt ?? Date.now()
    const group = ledger.enter(this.#content(), firstAt)
    try {
      return await this.#run(group, firstAt)
    } catch (error) {
      if (this.#options.signal?.aborted !== true) throw error
      return this.#unknown('stopped by the caller before the answer came', error)
    } finally {
      ledger.leave(group, firstAt, Date.now(), clock.uncertaintyMs())
    }
  }

  async #run(group: InsertGroup, firstAt: number): Promise<Fate> {
    const { earlier } = this.#options
    let sends = 1
    if (earlier?.attemptedAt !== undefined) {
      this.#tried.push('an earlier process may have sent it')
      const delays = earlierLookDelays(earlier, Date.now())
      const settled = await group.settle(() => this.#settle(delays, group, firstAt))
      if (settled !== 'absent') return settled
      sends++
    }
    for (; ; sends++) {
      const sent = await this.#send(group)
      if (sent.status === 'ok') {
        return sends === 1 ? sent : group.settle(() => this.#confirm(sent, group, firstAt))
      }
      if (sent.error.executed === 'no') return sent
      this.#tried.push(`sent it: ${sent.error.message}`)
      const delays = lookDelays(sent.error)
      const settled = await group.settle(() => this.#settle(delays, group, firstAt))
      if (settled !== 'absent') return settled
      if (sends === MOST_SENDS) return sent
    }
  }

  async #send(group: InsertGroup): Promise<Exclude<Fate, { status: 'unknown' }>> {
    const { sender, version, clock } = this.#context
    if (!group.tryBegin()) await group.begin()
    try {
      const reply = await sender.send(
        'performTableAction',
        {
          params: { tableId: this.#table.id },
          query: { version },
          body: insertAction(this.#fields),
        },
        this.#options,
      )
      const { sentAt, receivedAt } = reply
      const record = this.#answered(recordsOf(reply.body))
      if (record?.createdAt !== undefined) clock.noteCreated(record.createdAt, receivedAt)
      this.#land(group, record?.id, sentAt, receivedAt)
      return { status: 'ok', id: record?.id }
    } catch (error) {
      if (error instanceof ChatlayerError) return { status: 'rejected', error }
      throw error
    } finally {
      group.end()
    }
  }

  #land(group: InsertGroup, id: string | undefined, startedAt: number, endedAt: number): void {
    if (id === undefined) group.landAnonymously(startedAt, endedAt)
    else this.#context.ledger.take(id, endedAt)
  }

  /** The new record out of an answer, when it is there for certain. */
  #answered(records: readonly WireRecord[]): WireRecord | undefined {
    const { insertAnswer } = this.#context.dialect()
    const [record] = records
    if (record === undefined || records.length > 1 || insertAnswer === 'none') return undefined
    return insertAnswer === 'record' || this.#isHeldBy(record) ? record : undefined
  }

  #isHeldBy(wire: WireRecord): boolean {
    return holdsValues(decodeRecord(wire, decoderOf(this.#table)).values, this.#values, this.#table)
  }

  /** A text that rows share exactly when one's record could be taken for the other's. */
  #content(): string {
    const fields = canonicalFields(this.#fields, this.#options.key)
    return `${this.#table.id} ${this.#context.version} ${stringifyJson(fields)}`
  }

  #identity(): Identity {
    const columns = this.#table.columns.map((column) => column.name)
    return identityOf(this.#values, columns, this.#options.key)
  }

  /** Looks until the record is found or the gateway has had time to finish; `absent` when it never landed. */
  async #settle(
    delays: readonly number[],
    group: InsertGroup,
    firstAt: number,
  ): Promise<Fate | 'absent'> {
    let seen: Sighting | undefined
    for (const delay of delays) {
      if (delay > 0) await sleep(delay, undefined, { signal: this.#options.signal })
      try {
        seen = await this.#look(group, firstAt)
      } catch (cause) {
        return this.#unknown(`could not look for it: ${messageOf(cause)}`, cause)
      }
      const free = seen.free.length - seen.owed
      if (free > 0) {
        // Among equal records it does not matter which row owns which; with some owed, none can be named.
        const id = seen.owed === 0 ? newest(seen.free)?.id : undefined
        this.#land(group, id, firstAt, Date.now())
        return { status: 'ok', id }
      }
    }
    if (seen !== undefined && seen.similar > 0) {
      return this.#unknown('found only a record with more values than were sent')
    }
    this.#tried.push('looked for it: not there')
    return 'absent'
  }

  /** After a row was sent again: the first try may have landed late, and then it stands twice. */
  async #confirm(
    sent: Fate & { status: 'ok' },
    group: InsertGroup,
    firstAt: number,
  ): Promise<Fate> {
    try {
      const seen = await this.#look(group, firstAt)
      if (seen.free.length <= seen.owed) return sent
      const ids = [sent.id, ...seen.free.map((record) => record.id)].filter(
        (id) => id !== undefined,
      )
      return this.#unknown(`sent it again, and found it more than once: ${ids.join(', ')}`)
    } catch (cause) {
      return this.#unknown(
        `sent it again, and could not look whether it stands twice: ${messageOf(cause)}`,
        cause,
      )
    }
  }

  #look(group: InsertGroup, firstAt: number): Promise<Sighting> {
    const { earlier } = this.#options
    return look(this.#context, this.#identity(), group, firstAt, earlier, this.#options)
  }

  #unknown(last: string, cause?: unknown): Fate {
    const tried = [...this.#tried, last]
    return {
      status: 'unknown',
      error: new UnknownOutcomeError('it is not known whether the record was inserted', {
        hint: 'Look for the record before inserting it again.',
        tried,
        cause,
      }),
    }
  }
}

function newest(records: readonly TableRecord[]): TableRecord | undefined {
  return records.reduce<TableRecord | undefined>(
    (best, record) => (best === undefined || record.createdAt > best.createdAt ? record : best),
    undefined,
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
