import type { Table } from '@chatlayer-tables/contract'
import type { Where } from '../query/where-types.ts'
import type { ChangedValues, NewValues } from '../schema-types.ts'
import type { InsertOneOptions, UpdateById, UpsertOneOptions } from '../table-options.ts'
import type { CallOptions, RowCallOptions, Values } from '../types.ts'
import type { Work } from './bulk-write.ts'
import { changeRecord, encodeUpdate, type RecordChange } from './change.ts'
import { checkSet } from './check-where.ts'
import { earlierAttempt } from './earlier.ts'
import { idColumn } from './id-filter.ts'
import { insertRow } from './insert.ts'
import { createInsertLedger } from './ledger.ts'
import { rejecting } from './outcomes.ts'
import type { RowShape } from './row-shape.ts'
import type { Rows } from './rows.ts'
import { checkKey, Upserter } from './upsert.ts'
import { writeWhere } from './where-write.ts'
import type { WriteContext } from './write-context.ts'

interface WhereOptions extends CallOptions {
  readonly all?: boolean | undefined
}

/**
 * Prepares the writes of a table, for one row or for many.
 *
 * Every method may throw InvalidInputError and NotExpressibleError, with nothing written.
 */
export class TableWrites<T> {
  readonly #context: WriteContext
  readonly #shape: RowShape<T>

  constructor(context: WriteContext, shape: RowShape<T>) {
    this.#context = context
    this.#shape = shape
  }

  insert(
    table: Table,
    rows: Rows<NewValues<T>>,
    options: InsertOneOptions & RowCallOptions,
  ): Work<NewValues<T>> {
    const { signal, timeoutMs, stop, earlier } = options
    const key = options.key === undefined ? undefined : checkKey(options.key, table)
    // A record that was only searched for does not belong to this client: the next writer must find
    // it too.
    const isLook = earlier?.onlyLook === true
    const context = isLook ? { ...this.#context, ledger: createInsertLedger() } : this.#context
    return {
      rows,
      write: rejecting((row, index) => {
        const call = { signal, timeoutMs, stop, key, earlier: earlierAttempt(earlier, index) }
        return insertRow(context, table, this.#shape.write(row), { index, row }, call)
      }),
    }
  }

  async update(
    table: Table,
    where: Where<T>,
    set: ChangedValues<T>,
    options: WhereOptions,
  ): Promise<Work<string>> {
    return await writeWhere(
      this.#context,
      table,
      where as object as Where,
      this.#updateTo(set),
      options,
    )
  }

  updateById(
    table: Table,
    ids: string | Rows<string>,
    set: ChangedValues<T>,
    call: RowCallOptions,
  ): Work<string> {
    const change = this.#updateTo(set)
    encodeUpdate(this.#context, table, change.set)
    return this.#change(table, ids, change, call)
  }

  updateMany(
    table: Table,
    changes: Rows<UpdateById<T>>,
    call: RowCallOptions,
  ): Work<UpdateById<T>> {
    idColumn(this.#context.dialect())
    return {
      rows: changes,
      write: rejecting((row, index) => {
        const { id, set, before } = row ?? {}
        const expected = before && this.#shape.writePart(before)
        const change = { ...this.#updateTo(set), expected }
        return changeRecord(this.#context, table, change, { index, row, id }, call)
      }),
    }
  }

  async upsert(
    table: Table,
    rows: Rows<NewValues<T>>,
    key: UpsertOneOptions['key'],
    call: RowCallOptions,
  ): Promise<Work<NewValues<T>>> {
    const upserter = this.#upserter(table, key, call)
    return { rows: await upserter.prepare(rows), write: this.#upsertBy(upserter) }
  }

  upsertOne(
    table: Table,
    key: UpsertOneOptions['key'],
    call: RowCallOptions,
  ): Pick<Work<NewValues<T>>, 'write'> {
    return { write: this.#upsertBy(this.#upserter(table, key, call)) }
  }

  async delete(table: Table, where: Where<T>, options: WhereOptions): Promise<Work<string>> {
    return await writeWhere(
      this.#context,
      table,
      where as object as Where,
      { change: 'deleted' },
      options,
    )
  }

  deleteById(table: Table, ids: string | Rows<string>, call: RowCallOptions): Work<string> {
    return this.#change(table, ids, { change: 'deleted' }, call)
  }

  #upserter(table: Table, key: UpsertOneOptions['key'], call: RowCallOptions): Upserter {
    return new Upserter(this.#context, table, checkKey(key, table), call)
  }

  #upsertBy(upserter: Upserter): Work<NewValues<T>>['write'] {
    return rejecting((row, index) => upserter.write(this.#shape.writeUpsert(row), { index, row }))
  }

  #updateTo(set: ChangedValues<T>): RecordChange & { readonly set: Values } {
    return { change: 'updated', set: checkSet(this.#shape.writePart(set)) }
  }

  #change(
    table: Table,
    ids: string | Rows<string>,
    change: RecordChange,
    call: RowCallOptions,
  ): Work<string> {
    idColumn(this.#context.dialect())
    return {
      rows: typeof ids === 'string' ? [ids] : ids,
      write: (id, index) =>
        changeRecord(this.#context, table, change, { index, row: id, id }, call),
    }
  }
}
