import {
  NotFoundError,
  type QueryOptions,
  type RecordQuery,
  stringifyJson,
  type Where,
} from '@chatlayer-tables/core'
import { parseOption } from '../../../assignments.ts'
import { openTableToRead } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import type { ConditionFlags, OptionsOf } from '../../../invocation.ts'
import { countOf, tellHidden } from '../../../output/preview-output.ts'
import { recordList } from '../../../output/record-list.ts'
import { rowFormat } from '../../../row-format.ts'
import { combineWhere, parseColumns, parseSort } from '../../../where.ts'

export async function listRecords(
  options: OptionsOf<'records list'>,
  context: Context,
): Promise<ExitCode> {
  const format = rowFormat(options)
  const select = options.select.length === 0 ? undefined : options.select.flatMap(parseColumns)
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
  let count = 0
  for await (const record of records) {
    await list.record(record)
    count++
  }
  await list.end()
  if (context.out.isTerminal && format === 'rows') {
    await tellHidden(context.messages, list.hidden())
    await context.messages.note(`${countOf(count)} of "${table.name}" (${table.version})`)
  }
  return EXIT.ok
}

/** How a query would be carried out, in place of carrying it out. */
export async function explainQuery(context: Context, records: RecordQuery): Promise<ExitCode> {
  const explanation = await records.explain()
  const { text, ...facts } = explanation
  await context.out.write(`${context.json ? stringifyJson(facts) : text}\n`)
  return EXIT.ok
}

export async function getRecords(
  options: OptionsOf<'records get'>,
  context: Context,
): Promise<ExitCode> {
  rowFormat(options)
  await using table = await openTableToRead(context, options)
  const call = { signal: context.stop }
  const definition = await table.handle.definition(call)
  const list = recordList(context, definition, options, undefined)
  const missing: string[] = []
  for (const id of options.ids) {
    const record = await table.handle.get(id, call)
    if (record === undefined) missing.push(id)
    else await list.record(record)
  }
  await list.end()
  await tellHidden(context.messages, list.hidden())
  if (missing.length === 0) return EXIT.ok
  throw new NotFoundError(
    `"${definition.name}" has no record ${missing.join(', ')} in ${table.version}`,
    { hint: 'It may have been deleted, or stand in the other version.' },
  )
}

/** @throws UsageError for a condition that cannot be read */
export function readConditions({ where, filter }: ConditionFlags): Where | undefined {
  return combineWhere(where, filter === undefined ? undefined : readFilter(filter))
}

function readFilter(json: string): Where {
  const value = parseOption('--filter', json)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Where
  throw new UsageError('--filter must be a JSON object', `Such as --filter '{"age": {"gte": 18}}'.`)
}
