import { columnTypeOf } from '@chatlayer-tables/contract'
import { defineRun, type RunTool } from '../../call/context.ts'
import { openTable } from '../../call/open-table.ts'
import { emptyTableNotice } from '../../notices/empty.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { cutToTokens } from '../../result/budget.ts'
import { largestSize } from '../../result/fit-result.ts'
import { joinSentences } from '../../result/sentences.ts'
import { ToolError } from '../../result/tool-error.ts'
import { describeTable } from './definition.ts'
import { MAX_PROFILED, Profile } from './profile.ts'

const DESCRIPTION_TOKENS = 200

export const run: RunTool = defineRun(describeTable, async (input, context) => {
  const table = await openTable(context, input.table, 'read')
  const isDetailed = input.format === 'detailed'
  const facts = isDetailed ? await profileColumns(table) : await countRecords(table)
  const remark = facts.records === 0 ? await emptyTableNotice(table, context) : undefined
  const render = (shown: number) => described(table, facts, shown, remark)
  const sizes = { min: 0, max: facts.columns.length, render }
  const shown = await largestSize(input.max_tokens, sizes)
  if (shown !== undefined) return render(shown)
  throw new ToolError('ANSWER_TOO_LARGE', 'The description does not fit into max_tokens.', {
    field: 'max_tokens',
  })
})

interface Facts {
  readonly records: number
  /** The number of records that the figures are based on. */
  readonly profiled: number | undefined
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** The result with the first columns. */
function described(
  { definition, version, visible }: GuardedTable,
  { records, profiled, columns }: Facts,
  shown: number,
  remark: string | undefined,
) {
  const { name, id, description } = definition
  const notice = joinSentences(
    remark,
    shown < columns.length
      ? `${shown} of ${columns.length} columns fit into max_tokens.`
      : undefined,
    profiled !== undefined && profiled < records
      ? `The figures are based on the first ${profiled} of ${records} records.`
      : undefined,
    profiled !== undefined && visible.masked.size > 0
      ? 'Columns without figures are masked.'
      : undefined,
  )
  return {
    notice,
    name,
    id,
    ...(description ? { description: cutToTokens(description, DESCRIPTION_TOKENS) } : {}),
    version,
    records,
    ...(profiled === undefined ? {} : { looked_at: profiled }),
    columns: columns.slice(0, shown),
  }
}

async function countRecords(table: GuardedTable): Promise<Facts> {
  const columns = table.definition.columns.map(({ name, type }) => ({ name, type: typeOf(type) }))
  return { records: await table.count(), profiled: undefined, columns }
}

async function profileColumns(table: GuardedTable): Promise<Facts> {
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
