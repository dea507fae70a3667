/** UPDATE and DELETE of one record by its id. Both are repeatable: a repeat changes nothing more. */
import {
  deleteAction,
  type Field,
  recordsOf,
  type Table,
  type TableAction,
  updateAction,
  wireFilter,
} from '@chatlayer-tables/contract'
import { ChatlayerError, ConflictError, NotFoundError } from '../errors.ts'
import { readById } from '../query/read-by-id.ts'
import type { Reply, SendCheck, SendOptions } from '../send/sender.ts'
import { StoppedBeforeSending } from '../send/stop.ts'
import type { Outcome, RowCallOptions, TableRecord, Values } from '../types.ts'
import { encodeFields } from '../values/encode.ts'
import { checkId, ensureIdFilter, idColumn, isSameId } from './id-filter.ts'
import { notifyListener, type WriteIntent } from './listener.ts'
import { done, messageOf, notSent, type Place, rejected, unknown } from './outcomes.ts'
import { performAction } from './perform.ts'
import { changedValues, holdsValues } from './same-values.ts'
import { storedDifferences } from './stored.ts'
import type { WriteContext } from './write-context.ts'

/** A change of a record; only an update has a `set`. */
export interface RecordChange {
  readonly change: 'updated' | 'deleted'
  readonly set?: Values | undefined
  /** Values that the record must still have, or it is not written. */
  readonly expected?: Values | undefined
}

export interface ChangePlace<Row> extends Place<Row> {
  readonly id: string
  /** The record before the change, if the caller has read it. */
  readonly before?: TableRecord | undefined
  /** Whether the caller knows that the record exists. */
  readonly isKnown?: boolean | undefined
}

/** The hint for a change whose outcome is unknown. */
export const READ_FIRST =
  'Read the record before you change it again; repeating the same change is harmless.'

/**
 * Carries out one change by id, with one request where that suffices. Whether the record exists is
 * taken from the caller or from the response; where neither shows it, the record is read.
 *
 * @throws AfterFailure
 */
export function changeRecord<Row>(
  context: WriteContext,
  table: Table,
  change: RecordChange,
  place: ChangePlace<Row>,
  call: RowCallOptions,
): Promise<Outcome<Row>> {
  return new RecordChanger(context, table, change, place, call).run()
}

class RecordChanger<Row> {
  readonly #context: WriteContext
  readonly #table: Table
  readonly #change: RecordChange
  readonly #place: Place<Row>
  readonly #id: string
  readonly #call: SendOptions & { readonly deadline: number; readonly repeatable: true }
  readonly #timeoutMs: number | undefined
  #before: TableRecord | undefined
  #isKnown: boolean
  #check: SendCheck | undefined

  constructor(
    context: WriteContext,
    table: Table,
    change: RecordChange,
    { before, isKnown = before !== undefined, ...place }: ChangePlace<Row>,
    { signal, timeoutMs, stop }: RowCallOptions,
  ) {
    this.#context = context
    this.#table = table
    this.#change = change
    this.#place = place
    this.#id = place.id
    this.#before = before
    this.#isKnown = isKnown
    this.#timeoutMs = timeoutMs
    const deadline = performance.now() + (timeoutMs ?? Number.POSITIVE_INFINITY)
    this.#call = { signal, timeoutMs, stop, deadline, repeatable: true }
  }

  async run(): Promise<Outcome<Row>> {
    const { listener, version, clock } = this.#context
    const { change, set } = this.#change
    let action: TableAction | undefined
    try {
      action = await this.#prepare()
    } catch (error) {
      return notSent(this.#place, error, this.#call.signal)
    }
    if (action === undefined) return done(this.#place, change)
    const ready = action
    if (listener === undefined) return this.#send(ready)
    const intent: WriteIntent = {
      table: this.#table,
      version,
      change,
      index: this.#place.index,
      id: this.#id,
      before: this.#before,
      values: set,
      moment: clock.moment(),
    }
    return notifyListener(listener, intent, this.#place, (check) => {
      this.#check = check
      return this.#send(ready)
    })
  }

  get #isDelete(): boolean {
    return this.#change.change === 'deleted'
  }

  #read(): Promise<TableRecord | undefined> {
    const { signal, deadline } = this.#call
    const left = Math.max(1, deadline - performance.now())
    const timeoutMs = this.#timeoutMs === undefined ? undefined : left
    return readById(this.#context, this.#id, { signal, timeoutMs })
  }

  /** Makes the request's body, after the reads that must come before it; undefined when no request is needed. */
  async #prepare(): Promise<TableAction | undefined> {
    const context = this.#context
    const { stop } = this.#call
    if (stop?.aborted) throw new StoppedBeforeSending(stop.reason)
    checkId(this.#id)
    const filters = [wireFilter(idColumn(context.dialect()), 'eq', this.#id)]
    const action = this.#isDelete
      ? deleteAction(filters)
      : updateAction(filters, encodeUpdate(context, this.#table, this.#change.set ?? {}))
    const exists = await ensureIdFilter(context, this.#table, this.#id, this.#call)
    if (exists === false) {
      if (this.#isDelete && this.#isKnown) return undefined
      throw this.#missing()
    }
    this.#isKnown ||= exists === true
    const { expected } = this.#change
    const isWanted =
      (context.listener !== undefined || expected !== undefined) && this.#before === undefined
    // After a delete the record cannot be read, and its response may not show whether it existed.
    const isLastChance = this.#isDelete && !this.#isKnown && !reportsChange(context)
    if (isWanted || isLastChance) {
      this.#before = await this.#read()
      if (this.#before === undefined) throw this.#missing()
      this.#isKnown = true
    }
    if (expected !== undefined) this.#checkUnchanged(expected)
    return action
  }

  /** @throws ConflictError when the record has other values than expected */
  #checkUnchanged(expected: Values): void {
    const columns = Object.keys(changedValues(this.#before?.values ?? {}, expected, this.#table))
    if (columns.length === 0) return
    throw new ConflictError(`record ${this.#id} was changed since it was read`, {
      columns,
      hint: 'It was not written. Read it again, and determine the new values again.',
    })
  }

  async #send(action: TableAction): Promise<Outcome<Row>> {
    const { signal } = this.#call
    let reply: Reply<'performTableAction'>
    try {
      const call = { ...this.#call, check: this.#check }
      reply = await performAction(this.#context, this.#table, action, call)
    } catch (error) {
      if (error instanceof StoppedBeforeSending) return notSent(this.#place, error, signal)
      if (signal?.aborted === true)
        return this.#unknown(['sent it, then stopped by the caller'], error)
      if (!(error instanceof ChatlayerError) || error.executed === 'no') {
        return notSent(this.#place, error, signal)
      }
      return this.#resolve(error)
    }
    return this.#accepted(reply)
  }

  async #accepted(reply: Reply<'performTableAction'>): Promise<Outcome<Row>> {
    const { change, set } = this.#change
    const [shown] = recordsOf(reply.body)
    const isShown = shown !== undefined && isSameId(shown.id, this.#id)
    if (isShown) this.#context.changes.areShown = true
    try {
      if (!isShown && !this.#isKnown && !(await this.#existed(reply))) {
        return rejected(this.#place, this.#missing())
      }
    } catch (cause) {
      const last = `could not read whether there is such a record: ${messageOf(cause)}`
      return this.#unknown(['sent it, and it was accepted', last], cause)
    }
    const stored =
      isShown && set !== undefined ? storedDifferences(shown, set, this.#table) : undefined
    return done(this.#place, change, stored)
  }

  /** Whether there was such a record, where the response does not show it. */
  async #existed({ body, attempts }: Reply<'performTableAction'>): Promise<boolean> {
    if (!reportsChange(this.#context)) return (await this.#read()) !== undefined
    // The last attempt does not find what an earlier one has deleted.
    return (body.meta?.total ?? 0) > 0 || (attempts > 1 && this.#isDelete)
  }

  /** After the last attempt got no response: reads what the record holds now. */
  async #resolve(error: ChatlayerError): Promise<Outcome<Row>> {
    const { change, set } = this.#change
    const sent = `sent it ${error.request?.attempts ?? 1} times: ${error.message}`
    let now: TableRecord | undefined
    try {
      now = await this.#read()
    } catch (cause) {
      return this.#unknown([sent, `could not read the record: ${messageOf(cause)}`], cause)
    }
    if (now === undefined) {
      return this.#isDelete ? done(this.#place, change) : rejected(this.#place, this.#missing())
    }
    const { timestampPrecision } = this.#context.dialect()
    if (set !== undefined && holdsValues(now.values, set, this.#table, timestampPrecision)) {
      return done(this.#place, change)
    }
    return this.#unknown([sent, 'read the record: it is not changed yet'])
  }

  #unknown(tried: readonly string[], cause?: unknown): Outcome<Row> {
    const question = `record ${this.#id} was changed`
    return unknown(this.#place, { question, hint: READ_FIRST, tried, cause })
  }

  #missing(): NotFoundError {
    return missingRecord(this.#context, this.#table, this.#id)
  }
}

/** Whether the response to a change shows if there was a record to change. */
function reportsChange({ changes, dialect }: WriteContext): boolean {
  const { changeAnswer } = dialect()
  return changes.areShown || changeAnswer === 'records' || changeAnswer === 'count'
}

export function missingRecord({ version }: WriteContext, table: Table, id: string): NotFoundError {
  return new NotFoundError(`the table "${table.name}" has no record ${id} in ${version}`, {
    hint: 'It may have been deleted, or be in the other version.',
  })
}

/** @throws InvalidInputError, NotExpressibleError */
export function encodeUpdate(context: WriteContext, table: Table, set: Values): Field[] {
  return encodeFields(set, table, context.dialect(), 'update')
}
