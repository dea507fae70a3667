/**
 * Writes are aimed at a record by a filter on its id. That the gateway understands such a filter is
 * an assumption, and one that ignores it would change every record. So it is tried on each table by
 * two reads before the first such write: it must find the record, and nobody by an id that nobody has.
 */
import { randomUUID } from 'node:crypto'
import {
  type Dialect,
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
import { performAction } from './perform.ts'
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
    hint: 'The dialect setting idFilter is "none". Change records by a condition that the gateway can filter as a whole: comparisons of columns joined with AND.',
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

/** Which tables have passed the trial, and which are at it, by table and form of the filter. */
export type IdFilterTrials = Map<string, 'passed' | Promise<boolean>>

/**
 * Makes sure that records of a table can be chosen by their id.
 *
 * @returns whether there is a record of this id; undefined where it was not looked for, since the
 *   table has passed
 * @throws NotExpressibleError when records cannot be chosen so; errors of a request
 */
export async function ensureIdFilter(
  context: WriteContext,
  table: Table,
  id: string,
  call: CallOptions,
): Promise<boolean | undefined> {
  const { idFilters } = context
  const column = idColumn(context.dialect())
  // Asked for what is no uuid, a gateway may refuse; no record has it.
  if (column.type === 'uuid' && canonicalUuid(id) === undefined) return false
  const key = `${table.id} ${column.name} ${column.type}`
  let state = idFilters.get(key)
  while (state !== undefined && state !== 'passed') {
    // Another call's trouble, its abort above all, is not ours.
    await state.catch(() => {})
    state = idFilters.get(key)
  }
  if (state === 'passed') return undefined
  const trial = tryFilter(context, table, column, id, call)
  idFilters.set(key, trial)
  let isThere = false
  try {
    isThere = await trial
    return isThere
  } finally {
    if (isThere) idFilters.set(key, 'passed')
    else idFilters.delete(key)
  }
}

async function tryFilter(
  context: WriteContext,
  table: Table,
  column: FilterColumn,
  id: string,
  call: CallOptions,
): Promise<boolean> {
  /** The ids of the records, up to two of them, that a filter finds. */
  async function idsBy(value: string): Promise<string[]> {
    const filters = [wireFilter(column, 'eq', value)]
    const action = selectAction({ filters, limit: 2 })
    const { body } = await performAction(context, table, action, call)
    return recordsOf(body).map((record) => record.id)
  }

  let cause: RejectedError | undefined
  try {
    const [found, ...others] = await idsBy(id)
    if (found === undefined) return false
    const isIt = others.length === 0 && isSameId(found, id)
    if (isIt && (await idsBy(randomUUID())).length === 0) return true
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error
    cause = error
  }
  const what = cause === undefined ? 'finds other records' : 'is refused'
  throw new NotExpressibleError(
    `records of "${table.name}" cannot be chosen by their id: a filter on it ${what}`,
    {
      field: 'id',
      hint: 'Nothing was changed. A probe can learn whether records can be chosen by id at all (dialect setting idFilter). With "none", a condition on columns is written by one request.',
      request: cause?.request,
      cause,
    },
  )
}
