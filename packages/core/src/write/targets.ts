/** The records that an update or a delete applies to, as a preview reads them. */
import type { Table } from '@chatlayer-tables/contract'
import { readByIds } from '../query/read-by-id.ts'
import { RecordQuery } from '../query/record-query.ts'
import type { Where } from '../query/where-types.ts'
import type { CallOptions, TableRecord } from '../types.ts'
import { canonicalUuid } from '../values/uuid.ts'
import { missingRecord } from './change.ts'
import { checkAim, checkWhere } from './check-where.ts'
import { checkId, idColumn } from './id-filter.ts'
import type { Rows } from './rows.ts'
import type { WriteContext } from './write-context.ts'

/** Ids to read at once. */
export const IDS_AT_ONCE = 500

/**
 * The records that match, after the checks that a write makes.
 *
 * @throws InvalidInputError, NotExpressibleError
 */
export function matchingRecords(
  context: WriteContext,
  where: Where,
  table: Table,
  { all, signal, timeoutMs }: CallOptions & { readonly all?: boolean | undefined },
): RecordQuery {
  checkAim(context, checkWhere(where, table, all), table)
  return new RecordQuery(context, { where }, { signal, timeoutMs })
}

/** The records of these ids in their order, without repetition. @throws NotFoundError */
export async function* recordsOfIds(
  context: WriteContext,
  ids: string | Rows<string>,
  table: Table,
  call: CallOptions,
): AsyncGenerator<TableRecord> {
  idColumn(context.dialect())
  const seen = new Set<string>()
  let wanted: string[] = []
  for await (const id of typeof ids === 'string' ? [ids] : ids) {
    checkId(id)
    const one = canonicalUuid(id) ?? id
    if (seen.has(one)) continue
    seen.add(one)
    wanted.push(one)
    if (wanted.length < IDS_AT_ONCE) continue
    yield* await readAll(context, wanted, table, call)
    wanted = []
  }
  yield* await readAll(context, wanted, table, call)
}

/** @throws NotFoundError for an id without a record */
export async function readAll(
  context: WriteContext,
  ids: readonly string[],
  table: Table,
  call: CallOptions,
): Promise<TableRecord[]> {
  const byId = await readByIds(context, ids, call)
  return ids.map((id) => {
    const record = byId.get(id)
    if (record === undefined) throw missingRecord(context, table, id)
    return record
  })
}
