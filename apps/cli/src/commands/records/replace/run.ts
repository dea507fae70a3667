/** `clt records replace`: finds and replaces text in columns. */
import type { TableRecord, UpdateById } from '@chatlayer-tables/core'
import { readConditions } from '../../../conditions.ts'
import type { Context } from '../../../context.ts'
import type { ExitCode } from '../../../exit-codes.ts'
import { parseColumns } from '../../../where.ts'
import { changeTarget } from '../change.ts'
import { type ComputedChanges, UpdateEach } from '../update-each.ts'
import type { Options } from './definition.ts'
import { type Replacement, replaceIn, replacementOf, searchOf, textColumns } from './replacement.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const replace = replacementOf(options)
  const names = [...new Set(parseColumns(options.columns))]
  const given = readConditions(options)
  const search = searchOf(names, options)
  const where = given !== undefined && search !== undefined ? { and: [given, search] } : undefined
  // Records are written one by one, by their IDs: reading all of them changes none.
  const target = { ids: undefined, where: where ?? search ?? given ?? {}, all: true } as const
  return await changeTarget(options, context, target, (_, { handle }, definition, call) => {
    const columns = textColumns(names, definition)
    const { messages } = context
    const compute = (records: AsyncIterable<TableRecord>) => changesOf(records, columns, replace)
    return new UpdateEach({ target, handle, call, messages, compute })
  })
}

/** Records without the text do not count as matching. */
async function changesOf(
  records: AsyncIterable<TableRecord>,
  columns: readonly string[],
  replace: Replacement,
): Promise<ComputedChanges> {
  const changes: UpdateById[] = []
  for await (const record of records) {
    const change = replaceIn(record, columns, replace)
    if (change !== undefined) changes.push(change)
  }
  return { matched: changes.length, changes }
}
