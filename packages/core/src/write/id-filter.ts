/**
 * Writes are aimed at a record by a filter on its id. That the gateway understands such a filter is
 * an assumption, and one that ignores it would change every record. So it is tried on each table by
 * two reads before the first such write: it must find the record, and nobody by an id that nobody has.
 */
import { randomUUID } from 'node:crypto'
import {
  type Dialect,
  type Filter,
  type FilterColumn,
  recordFieldColumn,
  recordsOf,
  selectAction,
  type Table,
  wireFilter,
} from '@chatlayer-tables/contract'
import { InvalidInputError, NotExpressibleError, RejectedError } from '../errors.ts'
import type { CallOptions } from '../types.ts'
import { canonicalUuid } from '../values/uuid.ts'
import type { WriteContext } from './write-context.ts'

/**
 * How the id is named in a filter.
 *
 * @throws NotExpressibleError where the dialect knows no such filter
 */
export function idColumn(dialect: Dialect): FilterColumn {
  const column = recordFieldColumn('id', dialect)
  if (column !== undefined) return column
  throw new NotExpressibleError('records of this gateway cannot be chosen by their id', {
    field: 'id',
    hint: 'The dialect setting idFilter is "none". Change records by a condition on columns that the gateway can filter.',
  })
}

/** @throws InvalidInputError for what is no id; without a value, a filter might mean all records */
export function checkId(id: unknown): asserts id is string {
  if (typeof id === 'string' && id !== '') return
  throw new InvalidInputError('the id of a record is a text that is not empty', { field: 'id' })
}

/** Whether two texts name one record. */
export function isSameId(a: string, b: string): boolean {
  return a === b || (canonicalUuid(a) ?? a) === (canonicalUuid(b) ?? b)
}

/** Which tables' id filter was tried, by table and form of the filter. */
export class IdFilterTrials {
  readonly #passed = new Set<string>()
  readonly #running = new Map<string, Promise<boolean>>()

  /**
   * Makes sure that records of a table can be chosen by their id.
   *
   * @returns whether there is a record of this id; undefined where it was not looked for, since the
   *   table has passed
   * @throws NotExpressibleError when records cannot be chosen so; errors of a request
   */
  async ensure(
    context: WriteContext,
    table: Table,
    id: string,
    call: CallOptions,
  ): Promise<boolean | undefined> {
    const column = idColumn(context.dialect())
    const key = `${table.id} ${column.name} ${column.type}`
    for (;;) {
      if (this.#passed.has(key)) return undefined
      const running = this.#running.get(key)
      if (running === undefined) break
      // Another call's trouble, its abort above all, is not ours.
      await running.catch(() => undefined)
    }
    const trial = tryFilter(context, table, column, id, call)
    this.#running.set(key, trial)
    try {
      const isThere = await trial
      if (isThere) this.#passed.add(key)
      return isThere
    } finally {
      this.#running.delete(key)
    }
  }
}

async function tryFilter(
  context: WriteContext,
  table: Table,
  column: FilterColumn,
  id: string,
  call: CallOptions,
): Promise<boolean> {
  // Asked for what is no uuid, a gateway may refuse; no record has it.
  if (column.type === 'uuid' && canonicalUuid(id) === undefined) return false
  const [found, ...others] = await select(context, table, wireFilter(column, 'eq', id), call)
  if (others.length > 0 || (found !== undefined && !isSameId(found, id))) throw notChosen(table)
  if (found === undefined) return false
  const byNobody = wireFilter(column, 'eq', randomUUID())
  if ((await select(context, table, byNobody, call)).length > 0) throw notChosen(table)
  return true
}

/** The ids of the records, up to two of them, that a filter finds. */
async function select(
  { sender, version }: WriteContext,
  table: Table,
  filter: Filter,
  call: CallOptions,
): Promise<string[]> {
  try {
    const { body } = await sender.send(
      'performTableAction',
      {
        params: { tableId: table.id },
        query: { version },
        body: selectAction({ filters: [filter], limit: 2 }),
      },
      call,
    )
    return recordsOf(body).map((record) => record.id)
  } catch (error) {
    throw error instanceof RejectedError ? notChosen(table, error) : error
  }
}

function notChosen(table: Table, cause?: RejectedError): NotExpressibleError {
  const what = cause === undefined ? 'finds other records' : 'is refused'
  return new NotExpressibleError(
    `records of "${table.name}" cannot be chosen by their id: a filter on it ${what}`,
    {
      field: 'id',
      hint: 'Nothing was changed. The dialect may be wrong (idFilter; a probe can learn it), or a column of the table bears the name of the id. A condition on columns may do instead.',
      request: cause?.request,
      cause,
    },
  )
}
