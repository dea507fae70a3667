/**
 * UPDATE and DELETE by a condition. The records are found first; then the gateway writes them by
 * its own filters in one request where it can, else they are written one by one by their ids.
 */
import { deleteAction, type Filter, type Table, updateAction } from '@chatlayer-tables/contract'
import { ChatlayerError, InvalidInputError } from '../errors.ts'
import { parseWhere } from '../query/parse-where.ts'
import { RecordQuery } from '../query/record-query.ts'
import { coverOf } from '../query/wire-filter.ts'
import type { CallOptions, Outcome, TableRecord, Values, Where } from '../types.ts'
import type { Work } from './bulk-write.ts'
import { changeRecord, encodeUpdate, performAction } from './change.ts'
import type { WriteContext } from './write-context.ts'

/** Whole records are kept up to this many, for their values as they stood; beyond it only ids. */
const MOST_RECORDS_KEPT = 20_000

export type WhereChange =
  | { readonly change: 'updated'; readonly set: Values }
  | { readonly change: 'deleted' }

/**
 * Refuses a condition that every record meets, unless that was said.
 *
 * @throws InvalidInputError
 */
export function checkWhere(where: Where, table: Table, all: boolean | undefined): void {
  const condition = parseWhere(where, table)
  if (all === true || condition.kind !== 'constant' || !condition.value) return
  throw new InvalidInputError(`the condition would hit every record of "${table.name}"`, {
    field: 'where',
    hint: 'Say { all: true } if that is meant.',
  })
}

/** @throws InvalidInputError when there is nothing to write */
export function checkSet(set: Values): Values {
  if (Object.values(set).some((value) => value !== undefined)) return set
  throw new InvalidInputError('there is no value to write', {
    field: 'set',
    hint: 'Name at least one column and its new value.',
  })
}

/** A record that was found, with its values where they are kept. */
interface Match {
  readonly id: string
  readonly record: TableRecord | undefined
}

/** Finds the records and prepares the writes; the rows are the records' ids. */
export async function writeWhere(
  context: WriteContext,
  where: Where,
  change: WhereChange,
  call: CallOptions & { readonly all?: boolean | undefined },
): Promise<Work<string>> {
  const table = await context.definition(call)
  checkWhere(where, table, call.all)
  if (change.change === 'updated') encodeUpdate(context, table, change.set)
  const matches = await findMatches(context, where, call)
  const filters = matches.length > 1 ? wholeFilters(context, where, table) : undefined
  const written =
    filters !== undefined && (await writeByFilters(context, table, filters, change, call))
  return {
    rows: matches.map(({ id }) => id),
    write: async (id, index) =>
      written
        ? { status: 'ok', index, row: id, id, change: change.change }
        : writeOne(context, table, change, { id, index, record: matches[index]?.record }, call),
  }
}

async function findMatches(
  context: WriteContext,
  where: Where,
  call: CallOptions,
): Promise<Match[]> {
  const matches: Match[] = []
  for await (const record of new RecordQuery(context, { where }, call)) {
    matches.push({ id: record.id, record: matches.length < MOST_RECORDS_KEPT ? record : undefined })
  }
  return matches
}

function writeOne(
  context: WriteContext,
  table: Table,
  change: WhereChange,
  { id, index, record }: { id: string; index: number; record: TableRecord | undefined },
  call: CallOptions,
): Promise<Outcome<string>> {
  return changeRecord(context, table, { ...change, id }, { index, row: id, before: record }, call)
}

/**
 * The filters that say the whole condition to the gateway, or undefined where they cannot. A
 * listener wants each record's write by itself, so that what it keeps is what was written.
 */
function wholeFilters(
  context: WriteContext,
  where: Where,
  table: Table,
): readonly Filter[] | undefined {
  if (context.listener !== undefined) return undefined
  const condition = parseWhere(where, table)
  if (condition.kind === 'constant') {
    return condition.value && context.dialect().emptyFilter === 'all' ? [] : undefined
  }
  const cover = coverOf(condition, table, context.dialect())
  const [only, ...others] = cover?.selects ?? []
  return cover?.rest.length === 0 && others.length === 0 ? only?.filters : undefined
}

/**
 * One request for all records. False when its fate is unknown: the records are then written by id,
 * which cannot change more than this request would have.
 */
async function writeByFilters(
  context: WriteContext,
  table: Table,
  filters: readonly Filter[],
  change: WhereChange,
  call: CallOptions,
): Promise<boolean> {
  const action =
    change.change === 'deleted'
      ? deleteAction(filters)
      : updateAction(filters, encodeUpdate(context, table, change.set))
  try {
    await performAction(context, table, action, call)
    return true
  } catch (error) {
    if (error instanceof ChatlayerError && error.executed === 'maybe') return false
    throw error
  }
}
