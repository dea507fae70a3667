import type { QueryOptions } from '@chatlayer-tables/core'
import { readConditions } from '../../../conditions.ts'
import { openTableToRead } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { rowFormat } from '../../../options/rows.ts'

import { explainQuery } from '../../../output/explanation.ts'
import { countOf, reportHidden } from '../../../output/preview-output.ts'
import { recordList } from '../../../output/record-list.ts'
import { parseColumns, parseSort } from '../../../where.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
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
    await reportHidden(context.messages, list.hidden())
    await context.messages.note(`${countOf(count)} of "${table.name}" (${table.version})`)
  }
  return EXIT.ok
}
