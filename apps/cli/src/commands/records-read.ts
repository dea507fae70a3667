import { NotFoundError, type QueryOptions, type Where } from '@chatlayer-tables/core'
import { parseOption } from '../assignments.ts'
import { openTableToRead } from '../connection.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { UsageError } from '../failures.ts'
import type { ConditionFlags, OptionsOf } from '../invocation.ts'
import { tellHidden } from '../output/preview-output.ts'
import { JsonList, recordColumns, recordRow, rowSink } from '../output/record-output.ts'
import { combineWhere, parseColumns, parseSort } from '../where.ts'

export async function listRecords(
  options: OptionsOf<'records list'>,
  context: Context,
): Promise<ExitCode> {
  const query: QueryOptions = {
    where: readConditions(options),
    select: options.select.length === 0 ? undefined : options.select.flatMap(parseColumns),
    sort: options.sort.flatMap(parseSort),
    limit: options.limit,
  }
  await using table = await openTableToRead(context, options)
  const call = { signal: context.stop }
  const definition = await table.handle.definition(call)
  const records = table.handle.records(query, call)
  if (context.json) {
    const list = new JsonList(context.out)
    for await (const record of records) await list.item(record)
    await list.end()
    return EXIT.ok
  }
  const columns = recordColumns(definition, query.select)
  const sink = rowSink(context.out, columns)
  let count = 0
  for await (const record of records) {
    await sink.row(recordRow(record, columns))
    count++
  }
  await sink.end()
  if (context.out.isTerminal) {
    await tellHidden(context.messages, sink.hidden)
    const where = `"${table.name}" (${table.version})`
    await context.messages.note(`${count} ${count === 1 ? 'record' : 'records'} of ${where}`)
  }
  return EXIT.ok
}

export async function getRecords(
  options: OptionsOf<'records get'>,
  context: Context,
): Promise<ExitCode> {
  await using table = await openTableToRead(context, options)
  const call = { signal: context.stop }
  const definition = await table.handle.definition(call)
  const columns = recordColumns(definition, undefined)
  const list = new JsonList(context.out)
  const sink = rowSink(context.out, columns)
  const missing: string[] = []
  for (const id of options.ids) {
    const record = await table.handle.get(id, call)
    if (record === undefined) missing.push(id)
    else if (context.json) await list.item(record)
    else await sink.row(recordRow(record, columns))
  }
  await (context.json ? list : sink).end()
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
