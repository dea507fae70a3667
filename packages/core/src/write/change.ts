/** UPDATE and DELETE of one record by its id: both can be repeated, since a repeat changes no more. */
import {
  type Dialect,
  deleteAction,
  type Field,
  recordsOf,
  type Table,
  type TableAction,
  updateAction,
  wireFilter,
} from '@chatlayer-tables/contract'
import { ChatlayerError, NotFoundError, UnknownOutcomeError } from '../errors.ts'
import { RecordQuery } from '../query/record-query.ts'
import type { Reply, SendOptions } from '../send/sender.ts'
import type { CallOptions, Outcome, TableRecord, Values } from '../types.ts'
import { encodeFields } from '../values/encode.ts'
import { checkId, idColumn, isSameId } from './id-filter.ts'
import { tellListener } from './listener.ts'
import { messageOf } from './message-of.ts'
import { nulledColumns, nulledOutcome } from './nulled.ts'
import { notSent, type Place } from './outcomes.ts'
import { holdsValues } from './same-values.ts'
import type { WriteContext } from './write-context.ts'

export type RecordChange =
  | { readonly change: 'updated'; readonly id: string; readonly set: Values }
  | { readonly change: 'deleted'; readonly id: string }

export interface ChangePlace<Row> extends Place<Row> {
  /** The record as it stood, where the caller has read it. */
  readonly before?: TableRecord | undefined
  /** Whether the caller has seen the record, even without keeping it. */
  readonly isKnown?: boolean | undefined
}

/**
 * Carries out one change by id, with one request where that suffices. That the record exists is
 * taken from the caller or from the answer; where neither tells, it is read.
 *
 * @throws AfterFailure
 */
export function changeRecord<Row>(
  context: WriteContext,
  table: Table,
  change: RecordChange,
  place: ChangePlace<Row>,
  call: CallOptions,
): Promise<Outcome<Row>> {
  return new Change(context, table, change, place, call).run()
}

class Change<Row> {
  readonly #context: WriteContext
  readonly #table: Table
  readonly #change: RecordChange
  readonly #base: { readonly index: number; readonly row: Row; readonly id: string }
  readonly #call: SendOptions
  #before: TableRecord | undefined
  #isKnown: boolean

  constructor(
    context: WriteContext,
    table: Table,
    change: RecordChange,
    { index, row, before, isKnown = before !== undefined }: ChangePlace<Row>,
    { signal, timeoutMs }: CallOptions,
  ) {
    this.#context = context
    this.#table = table
    this.#change = change
    this.#base = { index, row, id: change.id }
    const deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs
    this.#call = { signal, timeoutMs, deadline }
    this.#before = before
    this.#isKnown = isKnown
  }

  async run(): Promise<Outcome<Row>> {
    const { listener, version } = this.#context
    let action: TableAction | undefined
    try {
      action = await this.#prepare()
    } catch (error) {
      return this.#rejected(error)
    }
    if (action === undefined) return this.#done()
    if (listener === undefined) return this.#send(action)
    const { change, id, set: values } = { set: undefined, ...this.#change }
    const intent = { table: this.#table, version, change, id, before: this.#before, values }
    return tellListener(listener, intent, this.#base, () => this.#send(action))
  }

  /**
   * What there is to do before the request may leave; nothing of it writes.
   *
   * @returns undefined where there is nothing left to do
   */
  async #prepare(): Promise<TableAction | undefined> {
    const { listener, idFilters } = this.#context
    const dialect = this.#context.dialect()
    const isDelete = this.#change.change === 'deleted'
    checkId(this.#change.id)
    const action = this.#action(dialect)
    const isThere = await idFilters.ensure(this.#context, this.#table, this.#base.id, this.#call)
    if (isThere === false) {
      if (isDelete && this.#isKnown) return undefined
      throw this.#missing()
    }
    this.#isKnown ||= isThere === true
    const isWanted = listener !== undefined && this.#before === undefined
    // A record that is deleted shows itself no more, unless the answer tells of it.
    const isLastChance = isDelete && !this.#isKnown && !tellsOfChange(this.#context)
    if (isWanted || isLastChance) {
      this.#before = await this.#read()
      if (this.#before === undefined) throw this.#missing()
      this.#isKnown = true
    }
    return action
  }

  #action(dialect: Dialect): TableAction {
    const filters = [wireFilter(idColumn(dialect), 'eq', this.#change.id)]
    return this.#change.change === 'deleted'
      ? deleteAction(filters)
      : updateAction(filters, encodeUpdate(this.#context, this.#table, this.#change.set))
  }

  async #send(action: TableAction): Promise<Outcome<Row>> {
    let reply: Reply<'performTableAction'>
    try {
      const call = { ...this.#call, repeatable: true }
      reply = await performAction(this.#context, this.#table, action, call)
    } catch (error) {
      if (this.#call.signal?.aborted === true) {
        return this.#unknown(['sent it, then stopped by the caller'], error)
      }
      if (!(error instanceof ChatlayerError) || error.executed === 'no')
        return this.#rejected(error)
      return this.#lookAt(error)
    }
    try {
      const isThere = this.#isShown(reply) || this.#isKnown || (await this.#exists(reply))
      return isThere ? this.#changed(reply) : this.#rejected(this.#missing())
    } catch (cause) {
      const last = `could not read whether there is such a record: ${messageOf(cause)}`
      return this.#unknown(['sent it, and it was accepted', last], cause)
    }
  }

  #changed({ body }: Reply<'performTableAction'>): Outcome<Row> {
    const { set } = { set: {}, ...this.#change }
    const [shown] = recordsOf(body)
    const nulled = nulledColumns(shown, set, this.#context.dialect())
    return nulled.length === 0 ? this.#done() : nulledOutcome(this.#base, this.#base.id, nulled)
  }

  #isShown({ body }: Reply<'performTableAction'>): boolean {
    const isShown = recordsOf(body).some(({ id }) => isSameId(id, this.#change.id))
    if (isShown) this.#context.changes.areShown = true
    return isShown
  }

  /** Whether there was such a record that the answer does not show. */
  async #exists({ body, attempts }: Reply<'performTableAction'>): Promise<boolean> {
    if (!tellsOfChange(this.#context)) return (await this.#read()) !== undefined
    // What an earlier attempt has deleted, the last one does not find.
    return (body.meta?.total ?? 0) > 0 || (attempts > 1 && this.#change.change === 'deleted')
  }

  /** After the last repeat went unanswered: what does the record hold now? */
  async #lookAt(error: ChatlayerError): Promise<Outcome<Row>> {
    const tried = [`sent it ${error.request?.attempts ?? 1} times: ${error.message}`]
    let now: TableRecord | undefined
    try {
      now = await this.#read()
    } catch (cause) {
      return this.#unknown([...tried, `could not read the record: ${messageOf(cause)}`], cause)
    }
    if (now === undefined) {
      return this.#change.change === 'deleted' ? this.#done() : this.#rejected(this.#missing())
    }
    const { set } = { set: undefined, ...this.#change }
    if (set !== undefined && holdsValues(now.values, set, this.#table)) return this.#done()
    return this.#unknown([...tried, 'read the record: it is not changed yet'])
  }

  async #read(): Promise<TableRecord | undefined> {
    const { signal, deadline } = this.#call
    const timeoutMs = deadline === undefined ? undefined : Math.max(1, deadline - performance.now())
    const where = { id: { eq: this.#change.id } }
    return new RecordQuery(this.#context, { where }, { signal, timeoutMs }).first()
  }

  #done(): Outcome<Row> {
    return { ...this.#base, status: 'ok', change: this.#change.change }
  }

  #rejected(error: unknown): Outcome<Row> {
    return notSent(this.#base, error, this.#call.signal, this.#base.id)
  }

  #missing(): NotFoundError {
    return missingRecord(this.#context, this.#table, this.#change.id)
  }

  #unknown(tried: readonly string[], cause?: unknown): Outcome<Row> {
    const { id } = this.#base
    const error = new UnknownOutcomeError(`it is not known whether record ${id} was changed`, {
      hint: 'Read the record before changing it again; repeating the same change does no harm.',
      tried,
      cause,
    })
    return { ...this.#base, status: 'unknown', error, tried }
  }
}

/** Whether an answer to a change tells if there was anything to change. */
function tellsOfChange({ changes, dialect }: WriteContext): boolean {
  const { changeAnswer } = dialect()
  return changes.areShown || changeAnswer === 'records' || changeAnswer === 'count'
}

export function missingRecord({ version }: WriteContext, table: Table, id: string): NotFoundError {
  return new NotFoundError(`the table "${table.name}" has no record ${id} in ${version}`, {
    hint: 'It may have been deleted, or stand in the other version.',
  })
}

/** @throws InvalidInputError, NotExpressibleError */
export function encodeUpdate(context: WriteContext, table: Table, set: Values): Field[] {
  return encodeFields(set, table, context.dialect(), 'update')
}

export function performAction(
  context: WriteContext,
  table: Table,
  action: TableAction,
  options: SendOptions,
): Promise<Reply<'performTableAction'>> {
  return context.sender.send(
    'performTableAction',
    { params: { tableId: table.id }, query: { version: context.version }, body: action },
    options,
  )
}
