import type { Table, Version } from '@chatlayer-tables/contract'
import type * as z from 'zod'
import { showAs } from './inspect.ts'
import { readById, readByIds } from './query/read-by-id.ts'
import { RecordQuery, readRecord } from './query/record-query.ts'
import type { QueryOptions, Where } from './query/where-types.ts'
import type {
  ChangedValues,
  ColumnName,
  NewValues,
  RecordValues,
  SelectedValues,
  SelectName,
} from './schema-types.ts'
import type {
  InsertOptions,
  UpdateById,
  UpsertOptions,
  WhereWriteOptions,
  WriteOptions,
  WriteResult,
} from './table-options.ts'
import type { CallOptions, TableRecord, Values } from './types.ts'
import { BulkWrite, type Work } from './write/bulk-write.ts'
import { changeRecord, encodeUpdate, type RecordChange } from './write/change.ts'
import { checkSet } from './write/check-where.ts'
import type { GatewayMoment, Made } from './write/clock.ts'
import { earlierAttempt } from './write/earlier.ts'
import { idColumn } from './write/id-filter.ts'
import { insertRow } from './write/insert.ts'
import { createInsertLedger } from './write/ledger.ts'
import { rejecting } from './write/outcomes.ts'
import { Previews } from './write/previews.ts'
import { type RowShape, rowShape } from './write/row-shape.ts'
import type { Rows } from './write/rows.ts'
import { checkKey, Upserter } from './write/upsert.ts'
import { writeWhere } from './write/where-write.ts'
import type { WriteContext } from './write/write-context.ts'
import { writeOne } from './write/write-one.ts'

/** Default time for one row of a bulk write. */
const ROW_TIMEOUT_MS = 10 * 60_000

/**
 * One table in one version. `T` is what types it: the zod object that was passed to `client.table`,
 * or the type of a record's values (values by column name, where nothing was passed).
 *
 * Where `T` names the columns, conditions, sort keys, keys and rows are checked by the compiler.
 * Records are read as the schema's output. Rows are written as its output too, and are encoded by
 * the schema: a codec takes what it reads. Columns that the schema's input may omit may be omitted
 * from a new record: the schema's default is written, otherwise null. An update, and an upsert of a
 * record that exists, write only the columns that are passed.
 *
 * Every method may throw the errors of a request (AuthenticationError, PermissionError,
 * NotFoundError, RateLimitedError, GatewayError, ConnectionError, TimeoutError,
 * UnexpectedAnswerError) and the reason of the caller's abort. InvalidInputError and
 * NotExpressibleError are thrown before anything is written. A write of several rows reports the
 * error of a row as its outcome instead, see {@link BulkWrite}.
 */
export class TableHandle<T = Values> {
  readonly version: Version
  /** Previews of the same writes: which records, before and after, and how many. Only reads. */
  readonly preview: Previews<T>
  readonly #context: WriteContext
  readonly #shape: RowShape<T>

  static {
    showAs(TableHandle, (handle: TableHandle) => {
      const { table, version } = handle.#context
      return { table, version }
    })
  }

  /** @internal */
  constructor(context: WriteContext, schema?: z.ZodObject) {
    this.version = context.version
    this.#context = context
    this.#shape = rowShape<T>(schema)
    this.preview = new Previews(context, this.#shape)
  }

  /** The table's id, name and columns, at most a minute old. @throws NotFoundError */
  definition(call: CallOptions = {}): Promise<Table> {
    return this.#context.definition(call)
  }

  /** The gateway's time now, as far as its responses of the last minute or two show it. */
  gatewayMoment(): GatewayMoment | undefined {
    return this.#context.clock.moment()
  }

  /**
   * Whether a record dated `createdAt` was created before or after a moment from {@link
   * gatewayMoment} or a {@link WriteIntent}, of this process or an earlier one. `open` where the
   * clocks cannot show it, and for an unknown moment.
   */
  whenMade(createdAt: string, since: GatewayMoment | undefined): Made {
    return this.#context.clock.whenMade(createdAt, since)
  }

  /** A lazy query of records to iterate, page, count or collect. */
  records<N extends SelectName<T> = SelectName<T>>(
    query: QueryOptions<T, N> = {},
    call: CallOptions = {},
  ): RecordQuery<SelectedValues<T, N>> {
    const read = query.select === undefined ? this.#shape.read : this.#shape.readPart
    return new RecordQuery(this.#context, query as object as QueryOptions, call, read)
  }

  /** One record by its id; undefined when there is none. */
  async get(id: string, call: CallOptions = {}): Promise<TableRecord<RecordValues<T>> | undefined> {
    const record = await readById(this.#context, id, call)
    return record && readRecord(record, this.#shape.read)
  }

  /**
   * Records by their ids: one request for up to 100 of them where the gateway can filter by a list.
   *
   * @returns those that exist, by id as passed
   */
  async getMany(
    ids: readonly string[],
    call: CallOptions = {},
  ): Promise<Map<string, TableRecord<RecordValues<T>>>> {
    const records = await readByIds(this.#context, ids, call)
    const pairs = [...records].map(
      ([id, record]) => [id, readRecord(record, this.#shape.read)] as const,
    )
    return new Map(pairs)
  }

  /** Number of records that meet the condition (default: all). */
  count(where?: Where<T>, call: CallOptions = {}): Promise<number> {
    return new RecordQuery(this.#context, { where: where as object as Where }, call).count()
  }

  /**
   * Inserts one record. When aborted, it rejects with the reason, and the record may have been
   * written or not.
   *
   * @throws RejectedError when the gateway rejects it
   * @throws UnknownOutcomeError when no response came and a search could not determine the outcome
   */
  async insert(
    row: NewValues<T>,
    options: InsertOptions<ColumnName<T>> = {},
  ): Promise<WriteResult<string | undefined>> {
    options.signal?.throwIfAborted()
    return await writeOne(await this.#inserting([], options), row, options)
  }

  /** Inserts rows from any iterable; only the rows in flight are held in memory. */
  insertMany(
    rows: Rows<NewValues<T>>,
    options: InsertOptions<ColumnName<T>> = {},
  ): BulkWrite<NewValues<T>> {
    return new BulkWrite(() => this.#inserting(rows, { ...options, ...perRow(options) }), options)
  }

  /**
   * Writes values to every record that meets the condition. The outcomes' rows are record ids; a
   * record that already holds the values is `unchanged`.
   */
  update(
    where: Where<T>,
    set: ChangedValues<T>,
    options: WhereWriteOptions = {},
  ): BulkWrite<string> {
    return new BulkWrite(async () => {
      const change = { change: 'updated', set: checkSet(this.#shape.writePart(set)) } as const
      return writeWhere(this.#context, where as object as Where, change, {
        all: options.all,
        ...perRow(options),
      })
    }, options)
  }

  /**
   * Writes values to the record of this id. When aborted, it rejects with the reason, and the
   * record may have been changed or not.
   *
   * @throws NotFoundError when there is no such record
   * @throws RejectedError when the gateway rejects the values
   * @throws UnknownOutcomeError when no response came and a read could not determine the outcome
   */
  async updateOne(
    id: string,
    set: ChangedValues<T>,
    options: CallOptions = {},
  ): Promise<WriteResult> {
    options.signal?.throwIfAborted()
    const table = await this.#context.definition(options)
    const work = this.#updating(table, [id], set, options)
    return { ...(await writeOne(work, id, options)), id }
  }

  /** Writes the same values to the records of these ids; an id without a record is rejected. */
  updateById(
    ids: string | Rows<string>,
    set: ChangedValues<T>,
    options: WriteOptions = {},
  ): BulkWrite<string> {
    return new BulkWrite(async () => {
      const table = await this.#context.definition(options)
      return this.#updating(table, ids, set, perRow(options))
    }, options)
  }

  /** Writes different values to each record; an id without a record is rejected. */
  updateMany(changes: Rows<UpdateById<T>>, options: WriteOptions = {}): BulkWrite<UpdateById<T>> {
    return new BulkWrite(async () => {
      const table = await this.#context.definition(options)
      idColumn(this.#context.dialect())
      const call = perRow(options)
      return {
        rows: changes,
        write: rejecting((row, index) => {
          const { id, set } = row ?? {}
          const change = { change: 'updated', set: checkSet(this.#shape.writePart(set)) } as const
          return changeRecord(this.#context, table, change, { index, row, id }, call)
        }),
      }
    }, options)
  }

  /**
   * Inserts the row if no record has its key, otherwise updates that record where it differs. Only
   * the columns of the row are compared and written. When aborted, it rejects with the reason, and
   * the record may have been written or not.
   *
   * @throws InvalidInputError also when several records have the key
   * @throws RejectedError when the gateway rejects the values
   * @throws UnknownOutcomeError when no response came and the outcome could not be determined
   */
  async upsertOne(
    row: NewValues<T>,
    options: CallOptions & Pick<UpsertOptions<ColumnName<T>>, 'key'>,
  ): Promise<WriteResult<string | undefined>> {
    options.signal?.throwIfAborted()
    const table = await this.#context.definition(options)
    return await writeOne(this.#upserting(table, options.key, options), row, options)
  }

  /**
   * Inserts each row whose key no record has, and updates the record that has it where it differs.
   * Only the columns of the row are compared and written. A row whose key several records have, or
   * an earlier row, is rejected. Keeps the keys of all rows in memory, about 40 bytes each. Reads
   * the whole table where that takes fewer requests than one search per row; writes by others are
   * then seen after a minute.
   */
  upsert(rows: Rows<NewValues<T>>, options: UpsertOptions<ColumnName<T>>): BulkWrite<NewValues<T>> {
    return new BulkWrite(async () => {
      const table = await this.#context.definition(options)
      const { upserter, write } = this.#upserting(table, options.key, perRow(options))
      return { rows: await upserter.prepare(rows), write }
    }, options)
  }

  /** Deletes every record that meets the condition. The outcomes' rows are record ids. */
  delete(where: Where<T>, options: WhereWriteOptions = {}): BulkWrite<string> {
    const change = { change: 'deleted' } as const
    const call = { all: options.all, ...perRow(options) }
    return new BulkWrite(
      () => writeWhere(this.#context, where as object as Where, change, call),
      options,
    )
  }

  /**
   * Deletes the record of this id. When aborted, it rejects with the reason, and the record may have
   * been deleted or not.
   *
   * @throws NotFoundError when there is no such record
   * @throws UnknownOutcomeError when no response came and a read could not determine the outcome
   */
  async deleteOne(id: string, options: CallOptions = {}): Promise<WriteResult> {
    options.signal?.throwIfAborted()
    const table = await this.#context.definition(options)
    const work = this.#changing(table, [id], { change: 'deleted' }, options)
    return { ...(await writeOne(work, id, options)), id }
  }

  /** Deletes the records of these ids; an id without a record is rejected. */
  deleteById(ids: string | Rows<string>, options: WriteOptions = {}): BulkWrite<string> {
    return new BulkWrite(async () => {
      const table = await this.#context.definition(options)
      return this.#changing(table, ids, { change: 'deleted' }, perRow(options))
    }, options)
  }

  async #inserting(
    rows: Rows<NewValues<T>>,
    options: InsertOptions<ColumnName<T>>,
  ): Promise<Work<NewValues<T>>> {
    const table = await this.#context.definition(options)
    const key = options.key === undefined ? undefined : checkKey(options.key, table)
    const { signal, timeoutMs } = options
    // A record that was only searched for does not belong to this client: the next writer must find
    // it too.
    const isLook = options.earlier?.onlyLook === true
    const context = isLook ? { ...this.#context, ledger: createInsertLedger() } : this.#context
    return {
      rows,
      write: rejecting((row: NewValues<T>, index) => {
        const earlier = earlierAttempt(options.earlier, index)
        const call = { signal, timeoutMs, key, earlier }
        return insertRow(context, table, this.#shape.write(row), { index, row }, call)
      }),
    }
  }

  #updating(
    table: Table,
    ids: string | Rows<string>,
    set: ChangedValues<T>,
    call: CallOptions,
  ): Work<string> {
    const values = checkSet(this.#shape.writePart(set))
    encodeUpdate(this.#context, table, values)
    return this.#changing(table, ids, { change: 'updated', set: values }, call)
  }

  #changing(
    table: Table,
    ids: string | Rows<string>,
    change: RecordChange,
    call: CallOptions,
  ): Work<string> {
    idColumn(this.#context.dialect())
    return {
      rows: typeof ids === 'string' ? [ids] : ids,
      write: (id, index) =>
        changeRecord(this.#context, table, change, { index, row: id, id }, call),
    }
  }

  #upserting(table: Table, key: UpsertOptions['key'], call: CallOptions) {
    const upserter = new Upserter(this.#context, table, checkKey(key, table), call)
    const write = rejecting((row: NewValues<T>, index) =>
      upserter.write(this.#shape.writeUpsert(row), { index, row }),
    )
    return { upserter, write }
  }
}

function perRow({ signal, timeoutMs = ROW_TIMEOUT_MS }: WriteOptions): CallOptions {
  return { signal, timeoutMs }
}
