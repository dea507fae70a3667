import { columnTypeOf } from '@chatlayer-tables/contract'
import { defineRun, type RunTool } from '../../call/context.ts'
import { openTable } from '../../call/open-table.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { cutToTokens, fitLists } from '../../result/budget.ts'
import { joinSentences } from '../../result/sentences.ts'
import { describeTable } from './definition.ts'
import { Profile } from './profile.ts'

/** The figures of a large table are based on this many first records. */
const MAX_PROFILED = 10_000

const DESCRIPTION_TOKENS = 200

export const run: RunTool = defineRun(describeTable, async (input, context) => {
  const table = await openTable(context, input.table, 'read')
  const { name, id, description } = table.definition
  const isDetailed = input.format === 'detailed'
  const { records, profiled, columns } = isDetailed
    ? await profileColumns(table)
    : await countRecords(table)
  const frame = {
    name,
    id,
    ...(description ? { description: cutToTokens(description, DESCRIPTION_TOKENS) } : {}),
    version: table.version,
    records,
    ...(profiled === undefined ? {} : { looked_at: profiled }),
  }
  const noticeOf = (shown: number): string | undefined =>
    joinSentences(
      shown < columns.length
        ? `${shown} of ${columns.length} columns fit into max_tokens.`
        : undefined,
      profiled !== undefined && profiled < records
        ? `The figures are based on the first ${profiled} of ${records} records.`
        : undefined,
      isDetailed && table.visible.masked.size > 0
        ? 'Columns without figures are masked.'
        : undefined,
    )
  const { lists } = fitLists({ ...frame, notice: noticeOf(-1) }, { columns }, input.max_tokens)
  return { ...frame, notice: noticeOf(lists.columns.length), columns: [...lists.columns] }
})

async function countRecords(table: GuardedTable) {
  const columns = table.definition.columns.map(({ name, type }) => ({ name, type: typeOf(type) }))
  return { records: await table.count(), profiled: undefined, columns }
}

async function profileColumns(table: GuardedTable) {
  const readable = new Set(table.readable.map(({ name }) => name))
  const profile = new Profile(table.readable, table.definition)
  for await (const page of table.pages({ limit: MAX_PROFILED })) {
    for (const record of page) profile.add(record)
  }
  const isAll = profile.records < MAX_PROFILED
  const columns = table.definition.columns.map(({ name, type }) => ({
    name,
    type: typeOf(type),
    ...(readable.has(name) ? profile.of(name) : {}),
  }))
  return {
    records: isAll ? profile.records : await table.count(),
    profiled: profile.records,
    columns,
  }
}

/** The API's name of a type, or the declared name for other types. */
function typeOf(declared: string): string {
  return columnTypeOf(declared) ?? declared
}
