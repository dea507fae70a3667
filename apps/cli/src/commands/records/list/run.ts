import type { QueryOptions } from '@chatlayer-tables/core'
import { readConditions } from '../../../conditions.ts'
import { type OpenTable, openTableToRead } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { rowFormat } from '../../../options/rows.ts'

import { explainQuery } from '../../../output/explanation.ts'
import { countOf, reportHidden } from '../../../output/preview-output.ts'
import { formatCount } from '../../../output/progress.ts'
import { recordList } from '../../../output/record-list.ts'
import { parseSort, readSelect } from '../../../where.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const format = rowFormat(options)
  const select = readSelect(options.select)
  const query: QueryOptions = {
    where: readConditions(options),
    sort: options.sort.flatMap(parseSort),
    limit: options.limit,
  }
  await using table = await openTableToRead(context, options)
  const call = { signal: context.stop }
  const list = recordList(context, await table.handle.definition(call), options, select)
  const records = table.handle.records({ ...query, select: list.select }, call)
  if (options.explain) return await explainQuery(context, records)
  const isForReaders = context.out.isTerminal && format === 'rows'
  const isPaged = await context.page()
  let count = 0
  for await (const record of records) {
    await list.record(record)
    count++
    if (isForReaders && !isPaged && count === MANY) await noteMany(table, options, context)
  }
  await list.end()
  await context.endPage()
  if (isForReaders) {
    await reportHidden(context.messages, list.hidden(), '--select')
    await context.messages.note(`${countOf(count)} of "${table.name}" (${table.version})`)
    if (isPaged && count > MANY)
      await context.messages.note(`${IN_A_FILE} ${wordOf(table.name)} -o file.csv`)
  }
  return EXIT.ok
}

/** Number of records after which a reader may want a file instead. */
const MANY = 1_000
const IN_A_FILE = 'To write them to a file: clt export'

/** Says how many more records follow, and how to get them in a file. */
async function noteMany(
  { handle, name }: OpenTable,
  options: Options,
  { messages, stop }: Context,
): Promise<void> {
  const { where: conditions, filter, limit } = options
  if (limit !== undefined && limit <= MANY) return
  // Counting what meets a condition may need to read it all once more.
  const isAll = conditions.length === 0 && filter === undefined
  const total = isAll
    ? await handle.count(undefined, { signal: stop }).catch(() => undefined)
    : undefined
  if (total === MANY) return
  const of = total === undefined ? '' : ` of ${formatCount(total)}`
  await messages.note(
    `${formatCount(MANY)}${of} records shown, more follow. Ctrl-C stops. ${IN_A_FILE} ${wordOf(name)} -o file.csv`,
  )
}

/** A table in a command that the user may copy. */
function wordOf(name: string): string {
  return /^[\w.:@-]+$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`
}
