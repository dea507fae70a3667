import type { Table } from '@chatlayer-tables/contract'
import { NotFoundError } from '../errors.ts'
import { RecordQuery } from '../query/record-query.ts'
import type { CallOptions, TableRecord, Values, Where } from '../types.ts'
import { encodeFields } from '../values/encode.ts'
import { encodeUpdate } from './change.ts'
import { insertedValues, overlay, type Preview, PreviewBuilder, previewUpdate } from './preview.ts'
import type { RowShape } from './row-shape.ts'
import { changedValues } from './same-values.ts'
import { checkKey, Upserter } from './upsert.ts'
import { checkSet, checkWhere } from './where-write.ts'
import type { WriteContext } from './write-context.ts'

export interface PreviewOptions extends CallOptions {
  /** How many changes to show; all are counted. 100 when left out. */
  readonly limit?: number | undefined
}

/** Each write of a table, told beforehand: which records, before and after, how many. Only reads. */
export class Previews<V> {
  readonly #context: WriteContext
  readonly #shape: RowShape<V>

  /** @internal */
  constructor(context: WriteContext, shape: RowShape<V>) {
    this.#context = context
    this.#shape = shape
  }

  /** @throws InvalidInputError or NotExpressibleError for the first row that could not be written */
  async insert(
    rows: Iterable<V> | AsyncIterable<V>,
    options: PreviewOptions = {},
  ): Promise<Preview> {
    const table = await this.#context.definition(options)
    const preview = new PreviewBuilder(options.limit)
    for await (const row of rows) {
      const values = this.#shape.write(row)
      encodeFields(values, table, this.#context.dialect(), 'insert')
      const after = insertedValues(values, table)
      preview.add({ change: 'inserted', id: undefined, before: undefined, after })
    }
    return preview.build()
  }

  async update(
    where: Where,
    set: Partial<V>,
    options: PreviewOptions & { all?: boolean | undefined } = {},
  ): Promise<Preview> {
    const table = await this.#context.definition(options)
    checkWhere(where, table, options.all)
    const values = this.#checkSet(set, table)
    const preview = new PreviewBuilder(options.limit)
    for await (const record of new RecordQuery(this.#context, { where }, options)) {
      preview.add(this.#updated(record, values, table))
    }
    return preview.build()
  }

  /** @throws NotFoundError for an id that the table has not */
  async updateById(
    ids: string | readonly string[],
    set: Partial<V>,
    options: PreviewOptions = {},
  ): Promise<Preview> {
    const table = await this.#context.definition(options)
    const values = this.#checkSet(set, table)
    const preview = new PreviewBuilder(options.limit)
    for (const id of asList(ids)) {
      preview.add(this.#updated(await this.#read(id, table, options), values, table))
    }
    return preview.build()
  }

  async upsert(
    rows: Iterable<V> | AsyncIterable<V>,
    options: PreviewOptions & { key: string | readonly string[] },
  ): Promise<Preview> {
    const table = await this.#context.definition(options)
    const upserter = new Upserter(this.#context, table, checkKey(options.key, table), options)
    const preview = new PreviewBuilder(options.limit)
    for await (const row of rows) {
      const values = this.#shape.write(row)
      const { change, before, set } = await upserter.plan(values)
      preview.add({
        change,
        id: before?.id,
        before: before?.values,
        after: before === undefined ? insertedValues(values, table) : overlay(before.values, set),
      })
    }
    return preview.build()
  }

  async delete(
    where: Where,
    options: PreviewOptions & { all?: boolean | undefined } = {},
  ): Promise<Preview> {
    checkWhere(where, await this.#context.definition(options), options.all)
    const preview = new PreviewBuilder(options.limit)
    for await (const record of new RecordQuery(this.#context, { where }, options)) {
      preview.add(deleted(record))
    }
    return preview.build()
  }

  /** @throws NotFoundError for an id that the table has not */
  async deleteById(
    ids: string | readonly string[],
    options: PreviewOptions = {},
  ): Promise<Preview> {
    const table = await this.#context.definition(options)
    const preview = new PreviewBuilder(options.limit)
    for (const id of asList(ids)) preview.add(deleted(await this.#read(id, table, options)))
    return preview.build()
  }

  #checkSet(set: Partial<V>, table: Table): Values {
    const values = checkSet(this.#shape.writePart(set))
    encodeUpdate(this.#context, table, values)
    return values
  }

  #updated(record: TableRecord, values: Values, table: Table) {
    const differs = Object.keys(changedValues(record.values, values, table)).length > 0
    return previewUpdate(record, values, differs)
  }

  async #read(id: string, table: Table, call: CallOptions): Promise<TableRecord> {
    const record = await new RecordQuery(this.#context, { where: { id: { eq: id } } }, call).first()
    if (record !== undefined) return record
    throw new NotFoundError(
      `the table "${table.name}" has no record ${id} in ${this.#context.version}`,
    )
  }
}

function deleted(record: TableRecord) {
  return { change: 'deleted' as const, id: record.id, before: record.values, after: undefined }
}

function asList(ids: string | readonly string[]): readonly string[] {
  return typeof ids === 'string' ? [ids] : ids
}
