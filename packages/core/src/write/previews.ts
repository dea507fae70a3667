import { setImmediate } from 'node:timers/promises'
import type { Table } from '@chatlayer-tables/contract'
import {
  BOOLEAN,
  CALL,
  COLUMNS,
  COUNT,
  checkOptions,
  type Rules,
  required,
} from '../check-options.ts'
import { InvalidInputError, NotExpressibleError } from '../errors.ts'
import { readRecord } from '../query/record-query.ts'
import type { Where } from '../query/where-types.ts'
import type { ChangedValues, ColumnName, NewValues, RecordValues } from '../schema-types.ts'
import type { UpdateById } from '../table-options.ts'
import type { CallOptions, TableRecord, Values } from '../types.ts'
import { encodeFields } from '../values/encode.ts'
import { encodeUpdate } from './change.ts'
import { checkSet } from './check-where.ts'
import { checkId, idColumn } from './id-filter.ts'
import {
  createPreviewBuilder,
  insertedValues,
  overlay,
  type Preview,
  previewUpdate,
} from './preview.ts'
import type { RowShape } from './row-shape.ts'
import type { Rows } from './rows.ts'
import { holdsValues, type Precision } from './same-values.ts'
import { IDS_AT_ONCE, matchingRecords, readAll, recordsOfIds } from './targets.ts'
import { checkKey, Upserter } from './upsert.ts'
import type { WriteContext } from './write-context.ts'

export interface PreviewOptions extends CallOptions {
  /** Number of changes to list; all are counted (default: 100). */
  readonly limit?: number | undefined
}

export interface MatchOptions extends CallOptions {
  /** Allows a condition that every record meets. */
  readonly all?: boolean | undefined
}

export interface WherePreviewOptions extends PreviewOptions, MatchOptions {}

export interface UpsertPreviewOptions<Column extends string = string> extends PreviewOptions {
  /** The key columns. */
  readonly key: Column | readonly Column[]
}

const PREVIEW: Rules<PreviewOptions> = {
  ...CALL,
  limit: {
    expected: 'a whole number from 0, or Infinity',
    test: (limit) => COUNT.test(limit) || limit === Number.POSITIVE_INFINITY,
  },
}
const MATCH: Rules<MatchOptions> = { ...CALL, all: BOOLEAN }
const WHERE_PREVIEW: Rules<WherePreviewOptions> = { ...PREVIEW, ...MATCH }
const UPSERT_PREVIEW: Rules<UpsertPreviewOptions> = { ...PREVIEW, key: required(COLUMNS) }

/**
 * Previews of each write of a table: which records, before and after, and how many. Only reads. A
 * row or an id that cannot be written throws, where the write itself would reject that row and
 * continue; an upsert reports such rows as its write does.
 */
export class Previews<T = Values> {
  readonly #context: WriteContext
  readonly #shape: RowShape<T>

  /** @internal */
  constructor(context: WriteContext, shape: RowShape<T>) {
    this.#context = context
    this.#shape = shape
  }

  /** @throws InvalidInputError or NotExpressibleError for the first row that could not be written */
  async insert(rows: Rows<NewValues<T>>, options: PreviewOptions = {}): Promise<Preview> {
    checkOptions(options, 'preview.insert', PREVIEW)
    const table = await this.#context.definition(options)
    const preview = createPreviewBuilder(options.limit)
    for await (const row of rows) {
      const values = this.#shape.write(row)
      encodeFields(values, table, this.#context.dialect(), 'insert')
      const after = insertedValues(values, table)
      preview.add({ change: 'inserted', id: undefined, before: undefined, after })
    }
    return preview.build()
  }

  /** The records that match, with what the write would set. */
  async update(
    where: Where<T>,
    set: ChangedValues<T>,
    options: WherePreviewOptions = {},
  ): Promise<Preview> {
    checkOptions(options, 'preview.update', WHERE_PREVIEW)
    const table = await this.#context.definition(options)
    const values = this.#checkSet(set, table)
    const preview = createPreviewBuilder(options.limit)
    for await (const record of matchingRecords(
      this.#context,
      where as object as Where,
      table,
      options,
    )) {
      preview.add(updated(record, values, table, this.#precision))
    }
    return preview.build()
  }

  /** Repeated ids count once. @throws NotFoundError for an id without a record */
  async updateById(
    ids: string | Rows<string>,
    set: ChangedValues<T>,
    options: PreviewOptions = {},
  ): Promise<Preview> {
    checkOptions(options, 'preview.updateById', PREVIEW)
    const table = await this.#context.definition(options)
    const values = this.#checkSet(set, table)
    const preview = createPreviewBuilder(options.limit)
    for await (const record of recordsOfIds(this.#context, ids, table, options)) {
      preview.add(updated(record, values, table, this.#precision))
    }
    return preview.build()
  }

  /**
   * What the write would set. A record is read only for a row without `before`; whether a record still
   * has the values of its `before` is not checked. Holds the rows in memory, 500 at a time.
   *
   * @throws NotFoundError for an id without a record; InvalidInputError or NotExpressibleError, naming
   *   the record, for the first row that could not be written
   */
  async updateMany(changes: Rows<UpdateById<T>>, options: PreviewOptions = {}): Promise<Preview> {
    checkOptions(options, 'preview.updateMany', PREVIEW)
    const table = await this.#context.definition(options)
    idColumn(this.#context.dialect())
    const preview = createPreviewBuilder(options.limit)
    const addAll = async (rows: readonly UpdateById<T>[]): Promise<void> => {
      const ids = rows.flatMap(({ id, before }) => (before === undefined ? [id] : []))
      const read = (await readAll(this.#context, ids, table, options)).values()
      for (const { id, set, before } of rows) {
        const values = this.#checkSetOf(id, set, table)
        const held = before ? this.#shape.writePart(before) : read.next().value?.values
        preview.add(updated({ id, values: held ?? {} }, values, table, this.#precision))
      }
    }
    let rows: UpdateById<T>[] = []
    for await (const row of changes) {
      checkId(row?.id)
      rows.push(row)
      if (rows.length < IDS_AT_ONCE) continue
      await addAll(rows)
      rows = []
      // Rows that need no read would otherwise keep everything else waiting.
      await setImmediate()
    }
    await addAll(rows)
    return preview.build()
  }

  /**
   * The records that an update or a delete by this condition would apply to, such as to compute new
   * values from them. Checks the condition as the write does.
   *
   * @throws InvalidInputError for a condition that every record meets, unless `all` is set
   */
  async *matching(
    where: Where<T>,
    options: MatchOptions = {},
  ): AsyncGenerator<TableRecord<RecordValues<T>>, void, undefined> {
    checkOptions(options, 'preview.matching', MATCH)
    const table = await this.#context.definition(options)
    for await (const record of matchingRecords(
      this.#context,
      where as object as Where,
      table,
      options,
    )) {
      yield readRecord(record, this.#shape.read)
    }
  }

  /**
   * The records of these ids in their order. Repeated ids count once.
   *
   * @throws NotFoundError for an id without a record
   */
  async *ofIds(
    ids: string | Rows<string>,
    options: CallOptions = {},
  ): AsyncGenerator<TableRecord<RecordValues<T>>, void, undefined> {
    checkOptions(options, 'preview.ofIds', CALL)
    const table = await this.#context.definition(options)
    for await (const record of recordsOfIds(this.#context, ids, table, options)) {
      yield readRecord(record, this.#shape.read)
    }
  }

  /**
   * A row that the write would reject is in the preview's `rejected`; the others are listed. Keeps
   * the keys of all rows in memory.
   */
  async upsert(
    rows: Rows<NewValues<T>>,
    options: UpsertPreviewOptions<ColumnName<T>>,
  ): Promise<Preview> {
    checkOptions(options, 'preview.upsert', UPSERT_PREVIEW)
    const table = await this.#context.definition(options)
    const upserter = new Upserter(this.#context, table, checkKey(options.key, table), options)
    const preview = createPreviewBuilder(options.limit)
    let index = 0
    for await (const row of await upserter.prepare(rows)) {
      const place = index++
      try {
        const upsert = this.#shape.writeUpsert(row)
        const { change, record, set } = await upserter.plan(upsert, place)
        const before = record?.values
        const after =
          before === undefined ? insertedValues(upsert.values, table) : overlay(before, set)
        preview.add({ change, id: record?.id, before, after })
      } catch (error) {
        if (!isOfTheRow(error)) throw error
        preview.reject({ index: place, error })
      }
    }
    return preview.build()
  }

  /** The records that match, all of which the write would delete. */
  async delete(where: Where<T>, options: WherePreviewOptions = {}): Promise<Preview> {
    checkOptions(options, 'preview.delete', WHERE_PREVIEW)
    const table = await this.#context.definition(options)
    const preview = createPreviewBuilder(options.limit)
    for await (const record of matchingRecords(
      this.#context,
      where as object as Where,
      table,
      options,
    ))
      preview.add(deleted(record))
    return preview.build()
  }

  /** Repeated ids count once. @throws NotFoundError for an id without a record */
  async deleteById(ids: string | Rows<string>, options: PreviewOptions = {}): Promise<Preview> {
    checkOptions(options, 'preview.deleteById', PREVIEW)
    const table = await this.#context.definition(options)
    const preview = createPreviewBuilder(options.limit)
    for await (const record of recordsOfIds(this.#context, ids, table, options))
      preview.add(deleted(record))
    return preview.build()
  }

  get #precision(): Precision {
    return this.#context.dialect().timestampPrecision
  }

  #checkSet(set: ChangedValues<T>, table: Table): Values {
    const values = checkSet(this.#shape.writePart(set))
    encodeUpdate(this.#context, table, values)
    return values
  }

  /** The checked values of one row; an error names its record. */
  #checkSetOf(id: string, set: ChangedValues<T>, table: Table): Values {
    try {
      return this.#checkSet(set, table)
    } catch (error) {
      if (!isOfTheRow(error)) throw error
      const { field, hint, message } = error
      const details = { field, hint, cause: error }
      throw error instanceof NotExpressibleError
        ? new NotExpressibleError(`record ${id}: ${message}`, details)
        : new InvalidInputError(`record ${id}: ${message}`, details)
    }
  }
}

/** Whether an error is about one row only, so that the write would reject it and continue. */
function isOfTheRow(error: unknown): error is InvalidInputError | NotExpressibleError {
  return error instanceof InvalidInputError || error instanceof NotExpressibleError
}

function updated(
  record: Pick<TableRecord, 'id' | 'values'>,
  values: Values,
  table: Table,
  precision: Precision,
) {
  return previewUpdate(record, values, !holdsValues(record.values, values, table, precision))
}

function deleted(record: TableRecord) {
  return { change: 'deleted' as const, id: record.id, before: record.values, after: undefined }
}
