import type { Table, Version } from '@chatlayer-tables/contract'
import type * as z from 'zod'
import { CALL, checkOptions, type RuleSet } from './check-options.ts'
import { showAs } from './inspect.ts'
import { QUERY } from './query/parse-query.ts'
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
import {
  INSERT,
  INSERT_ONE,
  type InsertOneOptions,
  type InsertOptions,
  UPSERT,
  UPSERT_ONE,
  type UpdateById,
  type UpsertOneOptions,
  type UpsertOptions,
  WHERE_WRITE,
  type WhereWriteOptions,
  WRITE,
  type WriteOptions,
  type WriteResult,
} from './table-options.ts'
import type { CallOptions, RowCallOptions, TableRecord, Values } from './types.ts'
import { BulkWrite, type Work } from './write/bulk-write.ts'
import type { GatewayMoment, Made } from './write/clock.ts'
import { Previews } from './write/previews.ts'
import { type RowShape, rowShape } from './write/row-shape.ts'
import type { Rows } from './write/rows.ts'
import { TableWrites } from './write/table-writes.ts'
import type { WriteContext } from './write/write-context.ts'
import { writeOne } from './write/write-one.ts'

/** Default time for one row of a bulk write. */
const ROW_TIMEOUT_MS = 10 * 60_000

/**
 * One table in one version. `T` is what types it: the zod object that was passed to `client.table`,
 * or the type of a record's values (values by column name, where nothing was passed).
 *
 * Where `T` names the columns, the compiler checks conditions, sort keys, keys and rows. Records are
 * read as the schema's output, and written as it too: a codec takes what it reads. A new record may
 * omit the columns that the schema's input may omit: their default is written, or null. An update, and
 * an upsert of a record that exists, write only the columns that are passed.
 *
 * Every method may throw the errors of a request (AuthenticationError, PermissionError,
 * NotFoundError, RateLimitedError, GatewayError, ConnectionError, TimeoutError,
 * UnexpectedAnswerError) and the reason of the caller's abort. InvalidInputError and
 * NotExpressibleError are thrown before anything is written. A write of several rows reports the
 * error of a row as its outcome instead, see {@link BulkWrite}. A write that is aborted may have been
 * carried out or not.
 */
export class TableHandle<T = Values> {
  readonly version: Version
  /** Previews of the same writes: which records, before and after, and how many. Only reads. */
  readonly preview: Previews<T>
  readonly #context: WriteContext
  readonly #shape: RowShape<T>
  readonly #writes: TableWrites<T>

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
    this.#writes = new TableWrites(context, this.#shape)
  }

  /** The table's id, name and columns, at most a minute old. @throws NotFoundError */
  async definition(call: CallOptions = {}): Promise<Table> {
    return await this.#context.definition(checkOptions(call, 'definition', CALL))
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
    checkOptions(query, 'records', QUERY)
    checkOptions(call, 'records', CALL)
    const read = query.select === undefined ? this.#shape.read : this.#shape.readPart
    return new RecordQuery(this.#context, query as object as QueryOptions, call, read)
  }

  /** One record by its id; undefined when there is none. */
  async get(id: string, call: CallOptions = {}): Promise<TableRecord<RecordValues<T>> | undefined> {
    const record = await readById(this.#context, id, checkOptions(call, 'get', CALL))
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
    const records = await readByIds(this.#context, ids, checkOptions(call, 'getMany', CALL))
    const pairs = [...records].map(
      ([id, record]) => [id, readRecord(record, this.#shape.read)] as const,
    )
    return new Map(pairs)
  }

  /** Number of records that meet the condition (default: all). */
  async count(where?: Where<T>, call: CallOptions = {}): Promise<number> {
    checkOptions(call, 'count', CALL)
    return await new RecordQuery(this.#context, { where: where as object as Where }, call).count()
  }

  /**
   * Inserts one record.
   *
   * @throws RejectedError when the gateway rejects it
   * @throws UnknownOutcomeError when no response came and a search could not determine the outcome
   */
  async insert(
    row: NewValues<T>,
    options: InsertOneOptions<ColumnName<T>> = {},
  ): Promise<WriteResult<string | undefined>> {
    return await this.#one('insert', INSERT_ONE, options, row, (table) =>
      this.#writes.insert(table, [row], options),
    )
  }

  /** Inserts rows from any iterable; only the rows in flight are held in memory. */
  insertMany(
    rows: Rows<NewValues<T>>,
    options: InsertOptions<ColumnName<T>> = {},
  ): BulkWrite<NewValues<T>> {
    return this.#bulk('insertMany', INSERT, options, (table, call) =>
      this.#writes.insert(table, rows, { ...options, ...call }),
    )
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
    return this.#bulk('update', WHERE_WRITE, options, (table, call) =>
      this.#writes.update(table, where, set, { all: options.all, ...call }),
    )
  }

  /**
   * Writes values to the record of this id.
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
    const prepare = (table: Table) => this.#writes.updateById(table, [id], set, options)
    return { ...(await this.#one('updateOne', CALL, options, id, prepare)), id }
  }

  /** Writes the same values to the records of these ids; an id without a record is rejected. */
  updateById(
    ids: string | Rows<string>,
    set: ChangedValues<T>,
    options: WriteOptions = {},
  ): BulkWrite<string> {
    return this.#bulk('updateById', WRITE, options, (table, call) =>
      this.#writes.updateById(table, ids, set, call),
    )
  }

  /**
   * Writes different values to each record; an id without a record is rejected. A row with `before`
   * is written only if the record still has these values.
   */
  updateMany(changes: Rows<UpdateById<T>>, options: WriteOptions = {}): BulkWrite<UpdateById<T>> {
    return this.#bulk('updateMany', WRITE, options, (table, call) =>
      this.#writes.updateMany(table, changes, call),
    )
  }

  /**
   * Inserts the row if no record has its key, otherwise updates that record where it differs. Only
   * the columns of the row are compared and written.
   *
   * @throws InvalidInputError also when several records have the key
   * @throws RejectedError when the gateway rejects the values
   * @throws UnknownOutcomeError when no response came and the outcome could not be determined
   */
  async upsertOne(
    row: NewValues<T>,
    options: UpsertOneOptions<ColumnName<T>>,
  ): Promise<WriteResult<string | undefined>> {
    return await this.#one('upsertOne', UPSERT_ONE, options, row, (table) =>
      this.#writes.upsertOne(table, options.key, options),
    )
  }

  /**
   * Inserts each row whose key no record has, and updates the record that has it where it differs.
   * Only the columns of the row are compared and written. A row whose key several records have, or
   * an earlier row, is rejected. Keeps the keys of all rows in memory, about 40 bytes each. Reads
   * the whole table where that takes fewer requests than one search per row; writes by others are
   * then seen after a minute.
   */
  upsert(rows: Rows<NewValues<T>>, options: UpsertOptions<ColumnName<T>>): BulkWrite<NewValues<T>> {
    return this.#bulk('upsert', UPSERT, options, (table, call) =>
      this.#writes.upsert(table, rows, options.key, call),
    )
  }

  /** Deletes every record that meets the condition. The outcomes' rows are record ids. */
  delete(where: Where<T>, options: WhereWriteOptions = {}): BulkWrite<string> {
    return this.#bulk('delete', WHERE_WRITE, options, (table, call) =>
      this.#writes.delete(table, where, { all: options.all, ...call }),
    )
  }

  /**
   * Deletes the record of this id.
   *
   * @throws NotFoundError when there is no such record
   * @throws UnknownOutcomeError when no response came and a read could not determine the outcome
   */
  async deleteOne(id: string, options: CallOptions = {}): Promise<WriteResult> {
    const prepare = (table: Table) => this.#writes.deleteById(table, [id], options)
    return { ...(await this.#one('deleteOne', CALL, options, id, prepare)), id }
  }

  /** Deletes the records of these ids; an id without a record is rejected. */
  deleteById(ids: string | Rows<string>, options: WriteOptions = {}): BulkWrite<string> {
    return this.#bulk('deleteById', WRITE, options, (table, call) =>
      this.#writes.deleteById(table, ids, call),
    )
  }

  /** Checks the options, and writes rows under the name of a method. */
  #bulk<Row>(
    method: string,
    rules: RuleSet,
    options: WriteOptions,
    prepare: (table: Table, call: RowCallOptions) => Work<Row> | Promise<Work<Row>>,
  ): BulkWrite<Row> {
    const checked = checkOptions(options, method, rules)
    const { signal, stop, timeoutMs = ROW_TIMEOUT_MS } = checked
    return new BulkWrite(
      async () => prepare(await this.#context.definition(checked), { signal, timeoutMs, stop }),
      checked,
    )
  }

  /** Checks the options, and writes one row under the name of a method. */
  async #one<Row>(
    method: string,
    rules: RuleSet,
    options: CallOptions,
    row: Row,
    prepare: (table: Table) => Pick<Work<Row>, 'write'>,
  ): Promise<WriteResult<string | undefined>> {
    const checked = checkOptions(options, method, rules)
    checked.signal?.throwIfAborted()
    return await writeOne(prepare(await this.#context.definition(checked)), row, checked)
  }
}
