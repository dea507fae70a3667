/**
 * Writes select a record by a filter on its id. That the gateway supports such a filter is an
 * assumption, and a gateway that ignores it would change every record. So two reads test it on each
 * table before the first such write: one must find the record, the other none for an unknown id.
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
 * The id column of a filter.
 *
 * @throws NotExpressibleError where the dialect has no such filter
 */
export function idColumn(dialect: Dialect): FilterColumn {
  const column = recordFieldColumn('id', dialect)
  if (column !== undefined) return column
  throw new NotExpressibleError('this gateway cannot filter records by id', {
    field: 'id',
    hint: 'The dialect setting idFilter is "none". Change records by a condition that the gateway can filter as a whole: comparisons of columns joined with AND.',
  })
}

/**
 * @throws InvalidInputError for an invalid id; without a value, a filter might match all records
 */
export function checkId(id: unknown): asserts id is string {
  if (typeof id === 'string' && id !== '') return
  throw new InvalidInputError('the id of a record must be a non-empty text', { field: 'id' })
}

/** Whether two texts are the id of the same record. */
export function isSameId(a: string, b: string): boolean {
  return a === b || (canonicalUuid(a) ?? a) === (canonicalUuid(b) ?? b)
}

/** Tables that have passed the test, and tests in progress, by table and form of the filter. */
export type IdFilterTrials = Map<string, 'passed' | Promise<boolean>>

/**
 * Checks that records of a table can be filtered by id.
 *
 * @returns whether there is a record of this id; undefined where that was not checked, since the
 *   table has passed before
 * @throws NotExpressibleError when the filter does not work; errors of a request
 */
export async function ensureIdFilter(
  context: WriteContext,
  table: Table,
  id: string,
  call: CallOptions,
): Promise<boolean | undefined> {
  const { idFilters } = context
  const column = idColumn(context.dialect())
  // A gateway may reject an id that is not a uuid; no record has it.
  if (column.type === 'uuid' && canonicalUuid(id) === undefined) return false
  const key = `${table.id} ${column.name} ${column.type}`
  let state = idFilters.get(key)
  while (state !== undefined && state !== 'passed') {
    // Ignore the error of another call, such as its abort.
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
  /** The ids of the records that a filter matches, at most two. */
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
  const what = cause === undefined ? 'matches other records' : 'is rejected'
  throw new NotExpressibleError(
    `records of "${table.name}" cannot be filtered by id: the filter ${what}`,
    {
      field: 'id',
      hint: 'Nothing was changed. Probe the gateway to learn the dialect setting idFilter. With "none", one request changes all records that meet a condition on columns.',
      request: cause?.request,
      cause,
    },
  )
}
