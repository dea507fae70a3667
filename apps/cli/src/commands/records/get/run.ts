import { NotFoundError } from '@chatlayer-tables/core'
import { openTableToRead } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { rowFormat } from '../../../options/rows.ts'

import { reportHidden } from '../../../output/preview-output.ts'
import { recordList } from '../../../output/record-list.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  rowFormat(options)
  await using table = await openTableToRead(context, options)
  const call = { signal: context.stop }
  const definition = await table.handle.definition(call)
  const list = recordList(context, definition, options, undefined)
  const missing: string[] = []
  await context.page()
  for (const id of options.ids) {
    const record = await table.handle.get(id, call)
    if (record === undefined) missing.push(id)
    else await list.record(record)
  }
  await list.end()
  await context.endPage()
  await reportHidden(context.messages, list.hidden())
  if (missing.length === 0) return EXIT.ok
  throw new NotFoundError(
    `"${definition.name}" has no record ${missing.join(', ')} in ${table.version}`,
    { hint: 'It may have been deleted, or be in the other version.' },
  )
}
