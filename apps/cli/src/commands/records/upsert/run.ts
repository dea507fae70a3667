/** `clt records upsert`: updates the records whose key exists, inserts the others. */

import type { Table, Values } from '@chatlayer-tables/core'
import { StorageError } from '@chatlayer-tables/local'
import { checkCanAsk, confirmOrThrow } from '../../../confirm.ts'
import { type OpenTable, openTableToWrite } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { checkExpected } from '../../../expected.ts'
import { isOfDatabase, UsageError } from '../../../failures.ts'
import type { LockFlags } from '../../../options/writing.ts'

import { countOf, showPreview } from '../../../output/preview-output.ts'
import { lockTable, type TableLocks } from '../../../table-locks.ts'
import { parseColumns } from '../../../where.ts'
import { carryOut } from '../carry-out.ts'
import { chooseSource, readRows } from '../rows.ts'
import type { Options } from './definition.ts'

/** Number of changes shown before a confirmation. */
const SAMPLE = 10

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const key = options.key.flatMap(parseColumns)
  if (key.length === 0) {
    throw new UsageError(
      'no key columns are specified',
      'Pass --key with their names, such as --key code.',
    )
  }
  const source = chooseSource(options, context)
  if (!options.dryRun && !options.yes) checkCanAsk(context)
  await using table = await openTableToWrite(context, options)
  const call = { signal: context.stop }
  const definition = await table.handle.definition(call)
  const read = readRows(source, options, definition, context)
  // Rows from stdin are needed twice to count them before the first write.
  const { expect } = options
  const rows = expect === undefined ? read : await takeRows(read, expect)
  if (options.dryRun) {
    const preview = await table.handle.preview.upsert(rows, { ...call, key })
    await showPreview(context, preview, definition)
    checkExpected('Write', preview.matched, expect)
    return preview.rejectedCount > 0 ? EXIT.rejected : EXIT.ok
  }
  await using lock = await lockForUpsert(context, options, table, definition)
  const writing = { key, signal: AbortSignal.any([context.stop, ...(lock ? [lock.lost] : [])]) }
  if (expect !== undefined) {
    const preview = await table.handle.preview.upsert(rows, { ...call, key, limit: 0 })
    checkExpected('Write', preview.matched, expect)
  }
  if (!options.yes) {
    const preview = await table.handle.preview.upsert(rows, { ...call, key })
    if (preview.counts.unchanged === preview.matched && preview.rejectedCount === 0) {
      await context.messages.note('All records are up to date; nothing was changed.')
      return EXIT.ok
    }
    await showPreview({ ...context, json: false, out: context.err }, preview, definition, SAMPLE)
    const what = `${countOf(preview.matched)} to "${definition.name}" (${table.version})`
    await confirmOrThrow(context, `Write ${what}?`)
  }
  // Awaited here: the client must stay open until the last row has ended.
  return await carryOut(context, table.handle.upsert(rows, writing), {
    done: 'upserted',
    table: definition.name,
    version: table.version,
    acceptStored: options.acceptStored,
  })
}

/** @throws UsageError if there are more rows than expected, of which no more is held */
async function takeRows(
  rows: readonly Values[] | AsyncGenerator<Values>,
  expect: number,
): Promise<Values[]> {
  const taken: Values[] = []
  for await (const row of rows) {
    taken.push(row)
    if (taken.length <= expect) continue
    throw new UsageError(`--expect ${expect}: there are more rows; nothing was changed`)
  }
  return taken
}

/** Continues without a lock if this machine cannot store any: no other process has one then. */
async function lockForUpsert(
  context: Context,
  flags: LockFlags,
  { client, version }: OpenTable,
  table: Table,
): Promise<TableLocks | undefined> {
  try {
    return await lockTable(context, flags, client, { table, version })
  } catch (error) {
    if (!(error instanceof StorageError) || isOfDatabase(error)) throw error
    await context.messages.note(`writing without a lock: ${error.message}`)
    return undefined
  }
}
