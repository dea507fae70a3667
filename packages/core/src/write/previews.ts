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
import { type ChatlayerError, InvalidInputError, NotExpressibleError } from '../errors.ts'
import { readByIds } from '../query/read-by-id.ts'
import { RecordQuery } from '../query/record-query.ts'
import type { Where } from '../query/where-types.ts'
import type { ChangedValues, ColumnName, NewValues } from '../schema-types.ts'
import type { CallOptions, TableRecord, Values } from '../types.ts'
import { encodeFields } from '../values/encode.ts'
import { canonicalUuid } from '../values/uuid.ts'
import { encodeUpdate, missingRecord } from './change.ts'
import { checkAim, checkSet, checkWhere } from './check-where.ts'
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
import { checkKey, Upserter } from './upsert.ts'
import type { WriteContext } from './write-context.ts'

export interface PreviewOptions extends CallOptions {
  /** Number of changes to list; all are counted (default: 100). */
  readonly limit?: number | undefined
}

export interface WherePreviewOptions extends PreviewOptions {
  /** Allows a condition that every record meets. */
  readonly all?: boolean | undefined
}

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
const WHERE_PREVIEW: Rules<WherePreviewOptions> = { ...PREVIEW, all: BOOLEAN }
const UPSERT_PREVIEW: Rules<UpsertPreviewOptions> = { ...PREVIEW, key: required(COLUMNS) }

/** Ids to read at once. */
const IDS_AT_ONCE = 500

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
    for await (const record of this.#matching(where as object as Where, table, options)) {
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
    for await (const record of this.#ofIds(ids, table, options)) {
      preview.add(updated(record, values, table, this.#precision))
    }
    return preview.build()
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
    for await (const record of this.#matching(where as object as Where, table, options))
      preview.add(deleted(record))
    return preview.build()
  }

  /** Repeated ids count once. @throws NotFoundError for an id without a record */
  async deleteById(ids: string | Rows<string>, options: PreviewOptions = {}): Promise<Preview> {
    checkOptions(options, 'preview.deleteById', PREVIEW)
    const table = await this.#context.definition(options)
    const preview = createPreviewBuilder(options.limit)
    for await (const record of this.#ofIds(ids, table, options)) preview.add(deleted(record))
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

  #matching(
    where: Where,
    table: Table,
    { all, signal, timeoutMs }: WherePreviewOptions,
  ): RecordQuery {
    checkAim(this.#context, checkWhere(where, table, all), table)
    return new RecordQuery(this.#context, { where }, { signal, timeoutMs })
  }

  /** The records of these ids in their order, without repetition. */
  async *#ofIds(
    ids: string | Rows<string>,
    table: Table,
    call: CallOptions,
  ): AsyncGenerator<TableRecord> {
    idColumn(this.#context.dialect())
    const seen = new Set<string>()
    let wanted: string[] = []
    for await (const id of typeof ids === 'string' ? [ids] : ids) {
      checkId(id)
      const one = canonicalUuid(id) ?? id
      if (seen.has(one)) continue
      seen.add(one)
      wanted.push(one)
      if (wanted.length < IDS_AT_ONCE) continue
      yield* await this.#read(wanted, table, call)
      wanted = []
    }
    yield* await this.#read(wanted, table, call)
  }

  async #read(ids: readonly string[], table: Table, call: CallOptions): Promise<TableRecord[]> {
    const byId = await readByIds(this.#context, ids, call)
    return ids.map((id) => {
      const record = byId.get(id)
      if (record === undefined) throw missingRecord(this.#context, table, id)
      return record
    })
  }
}

/** Whether an error is about one row only, so that the write would reject it and continue. */
function isOfTheRow(error: unknown): error is ChatlayerError {
  return error instanceof InvalidInputError || error instanceof NotExpressibleError
}

function updated(record: TableRecord, values: Values, table: Table, precision: Precision) {
  return previewUpdate(record, values, !holdsValues(record.values, values, table, precision))
}

function deleted(record: TableRecord) {
  return { change: 'deleted' as const, id: record.id, before: record.values, after: undefined }
}
