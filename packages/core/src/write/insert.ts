/** One INSERT, from the row to its outcome. */
import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { insertAction, recordsOf, type Table, type WireRecord } from '@chatlayer-tables/contract'
import { ChatlayerError, UnknownOutcomeError } from '../errors.ts'
import type { CallOptions, Outcome, TableRecord, Values } from '../types.ts'
import { decodeRecord, decoderOf } from '../values/decode.ts'
import { encodeFields } from '../values/encode.ts'
import { stringifyJson } from '../values/json.ts'
import type { InsertGroup } from './ledger.ts'
import { holdsValues } from './same-values.ts'
import { type Identity, identityOf, look, lookDelays, type Sighting } from './settle.ts'
import type { WriteContext } from './write-context.ts'

/** A row that was found not to have landed is sent again at most so often. */
const MOST_SENDS = 4

export interface InsertOptions extends CallOptions {
  /** Columns whose values no two records share: what an unanswered insert is looked for by. */
  readonly key?: readonly string[] | undefined
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
  let insert: Insert
  try {
    insert = new Insert(context, table, values, options)
    await context.listener?.before(insert.intent)
  } catch (error) {
    if (!(error instanceof ChatlayerError)) throw error
    return { ...base, status: 'rejected', id: undefined, error }
  }
  const fate = await insert.run()
  const outcome: Outcome<Row> =
    fate.status === 'ok'
      ? { ...base, status: 'ok', change: 'inserted', id: fate.id }
      : fate.status === 'rejected'
        ? { ...base, status: 'rejected', id: undefined, error: fate.error }
        : { ...base, status: 'unknown', id: undefined, error: fate.error, tried: fate.error.tried }
  await context.listener?.after(insert.intent, outcome)
  return outcome
}

class Insert {
  readonly #context: WriteContext
  readonly #table: Table
  readonly #values: Values
  readonly #options: InsertOptions
  readonly #action: ReturnType<typeof insertAction>
  readonly #identity: Identity
  readonly #tried: string[] = []

  constructor(context: WriteContext, table: Table, values: Values, options: InsertOptions) {
    this.#context = context
    this.#table = table
    this.#values = values
    this.#options = options
    this.#action = insertAction(encodeFields(values, table, context.dialect(), 'insert'))
    const columns = table.columns.map((column) => column.name)
    this.#identity = identityOf(values, columns, options.key)
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
    try {
      return await this.#run()
    } catch (error) {
      if (this.#options.signal?.aborted !== true) throw error
      return this.#unknown('stopped by the caller before the answer came', error)
    }
  }

  async #run(): Promise<Fate> {
    const { clock, ledger } = this.#context
    const content = contentKey(this.#table, this.#context.version, this.#identity)
    const group = ledger.group(content, Date.now(), clock.uncertaintyMs())
    const firstAt = Date.now()
    for (let sends = 1; ; sends++) {
      const sent = await group.send(() => this.#send(group))
      if (sent.status === 'ok') {
        return sends === 1 ? sent : group.settle(() => this.#confirm(sent, group, firstAt))
      }
      if (sent.error.executed === 'no') return sent
      this.#tried.push(`sent it: ${sent.error.message}`)
      const settled = await group.settle(() => this.#settle(sent.error, group, firstAt))
      if (settled !== 'absent') return settled
      if (sends === MOST_SENDS) return sent
    }
  }

  async #send(
    group: InsertGroup,
  ): Promise<
    { status: 'ok'; id: string | undefined } | { status: 'rejected'; error: ChatlayerError }
  > {
    const startedAt = Date.now()
    try {
      const reply = await this.#context.sender.send(
        'performTableAction',
        {
          params: { tableId: this.#table.id },
          query: { version: this.#context.version },
          body: this.#action,
        },
        this.#options,
      )
      const { clock } = this.#context
      if (reply.serverDate !== undefined) clock.noteDate(reply.serverDate, reply.receivedAt)
      const record = this.#answered(recordsOf(reply.body))
      if (record !== undefined) clock.noteCreated(record.createdAt, reply.receivedAt)
      group.land(record?.id, startedAt, Date.now())
      return { status: 'ok', id: record?.id }
    } catch (error) {
      if (error instanceof ChatlayerError) return { status: 'rejected', error }
      throw error
    }
  }

  /** The new record out of an answer, when it is there for certain. */
  #answered(records: readonly WireRecord[]): TableRecord | undefined {
    const { insertAnswer } = this.#context.dialect()
    const [wire] = records
    if (wire === undefined || records.length > 1 || insertAnswer === 'none') return undefined
    const record = decodeRecord(wire, decoderOf(this.#table))
    return insertAnswer === 'record' || holdsValues(record.values, this.#values, this.#table)
      ? record
      : undefined
  }

  /** Looks until the record is found or the gateway has had time to finish; `absent` when it never landed. */
  async #settle(
    error: ChatlayerError,
    group: InsertGroup,
    firstAt: number,
  ): Promise<Fate | 'absent'> {
    let seen: Sighting | undefined
    for (const delay of lookDelays(error)) {
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
        group.land(id, firstAt, Date.now())
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
    return look(this.#context, this.#identity, group, firstAt, this.#options)
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

/** Equal rows have equal keys, whatever the order in which they name their columns. */
function contentKey(table: Table, version: string, { values, empty }: Identity): string {
  const parts = Object.entries(values).map((entry) => stringifyJson(entry))
  return hash('sha1', [table.id, version, ...parts.sort(), ...empty].join('\n'), 'base64')
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
