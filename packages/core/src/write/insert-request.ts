/** The INSERT of one row: what it sends, how its answer is read, and how its record is known again. */
import {
  canonicalFields,
  type Field,
  insertAction,
  recordsOf,
  type Table,
  type WireRecord,
} from '@chatlayer-tables/contract'
import { ChatlayerError } from '../errors.ts'
import type { SendOptions } from '../send/sender.ts'
import type { TableRecord, Values } from '../types.ts'
import { decodeRecord, decoderOf } from '../values/decode.ts'
import { encodeFields } from '../values/encode.ts'
import { hasKey, type Identity, identityOf } from './identity.ts'
import type { InsertGroup } from './ledger.ts'
import { nulledColumns } from './nulled.ts'
import { holdsValues } from './same-values.ts'
import type { WriteContext } from './write-context.ts'

/**
 * How one send ended: with the new record's id, where the answer tells it, and the columns of which
 * the gateway made null, or with an error.
 */
export type Sent =
  | { readonly ok: true; readonly id: string | undefined; readonly nulled: readonly string[] }
  | { readonly ok: false; readonly error: ChatlayerError }

export class InsertRequest {
  readonly table: Table
  readonly values: Values
  /** A text that rows have in common exactly when one's record could be taken for the other's. */
  readonly content: string
  readonly #context: WriteContext
  readonly #key: readonly string[] | undefined
  readonly #fields: readonly Field[]

  /** @throws InvalidInputError, NotExpressibleError */
  constructor(
    context: WriteContext,
    table: Table,
    values: Values,
    key: readonly string[] | undefined,
  ) {
    this.table = table
    this.values = values
    this.#context = context
    this.#key = key
    this.#fields = encodeFields(values, table, context.dialect(), 'insert')
    this.content = this.#contentOf(this.#fields, values)
  }

  get identity(): Identity {
    return identityOf(this.values, this.table, this.#context.dialect(), this.#key)
  }

  /** Sends it once, while no look at records of its content is under way. Only an abort is thrown. */
  async send(group: InsertGroup, options: SendOptions): Promise<Sent> {
    const { sender, version, clock } = this.#context
    if (!group.tryBegin()) await group.begin()
    try {
      const { body, sentAt, receivedAt } = await sender.send(
        'performTableAction',
        {
          params: { tableId: this.table.id },
          query: { version },
          body: insertAction(this.#fields),
        },
        options,
      )
      const [only, ...others] = recordsOf(body)
      const shown = others.length === 0 ? only : undefined
      const nulled = nulledColumns(shown, this.values, this.#context.dialect())
      const record = nulled.length > 0 || this.#isOurs(shown) ? shown : undefined
      if (record?.createdAt !== undefined) clock.noteCreated(record.createdAt, receivedAt)
      this.land(group, record?.id, sentAt, receivedAt)
      return { ok: true, id: record?.id, nulled }
    } catch (error) {
      if (error instanceof ChatlayerError) return { ok: false, error }
      throw error
    } finally {
      group.end()
    }
  }

  /** Notes that the row landed, between two moments of our clock. */
  land(group: InsertGroup, id: string | undefined, startedAt: number, endedAt: number): void {
    if (id === undefined) group.landAnonymously(startedAt, endedAt)
    else this.#context.ledger.take(this.table.id, id, endedAt)
  }

  /** Whether the one record of an answer is the new one. */
  #isOurs(shown: WireRecord | undefined): boolean {
    const { insertAnswer } = this.#context.dialect()
    if (shown === undefined || insertAnswer === 'none') return false
    if (insertAnswer === 'record') return true
    const { values } = decodeRecord(shown, decoderOf(this.table))
    return holdsValues(values, this.values, this.table)
  }

  /** Whether a record that resembles the row is that of another row, which landed under an unknown id. */
  isOfOtherRow({ values }: TableRecord): boolean {
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))
    try {
      const fields = encodeFields(given, this.table, this.#context.dialect(), 'insert')
      const content = this.#contentOf(fields, given)
      return content !== this.content && this.#context.ledger.hasAnonymous(content)
    } catch {
      // A value that could not have been written was not written by a row.
      return false
    }
  }

  #contentOf(fields: readonly Field[], values: Values): string {
    const telling = canonicalFields(fields, hasKey(values, this.#key) ? this.#key : undefined)
    const version = this.#context.dialect().versions === 'shared' ? '' : this.#context.version
    return `${this.table.id} ${version} ${JSON.stringify(telling)}`
  }
}
