import type { ChatlayerError, Values } from '@chatlayer-tables/core'
import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { fieldOf, withArgumentNames } from '../../call/errors.ts'
import { openTable } from '../../call/open-table.ts'
import { storedAsTextNotice } from '../../notices/json-text.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { joinSentences } from '../../result/sentences.ts'
import { carryOut } from '../../write/carry-out.ts'
import { describeWrite, rejectedNotice } from '../../write/describe.ts'
import { guardedWrite } from '../../write/guarded-write.ts'
import { collect, fieldOfRow, rejectedProblems } from '../../write/outcomes.ts'
import { lockTable } from '../../write/table-lock.ts'
import { rowsOf, type WritePlan } from '../../write/write-plan.ts'
import { upsertRecords } from './definition.ts'

type Input = z.output<typeof upsertRecords.input>

export const run: RunTool = defineRun(upsertRecords, async (input: Input, context: CallContext) => {
  const table = await openTable(context, input.table, 'write')
  const { key } = input
  for (const [index, name] of key.entries()) table.checkColumn(name, 'compare', `key[${index}]`)
  // Equal records are skipped, so every column is compared.
  const rows = input.records.map((row, index) =>
    table.checkValues(row, 'compare', `records[${index}]`),
  )
  return guardedWrite(context, input, {
    tool: upsertRecords.name,
    table,
    direct: { count: rows.length, deletes: false },
    plan: () => planUpsert(rows, key, table, context),
    async narrow(plan, kept) {
      const rows = rowsOf(plan.valid, plan, kept)
      return { ...(await planUpsert(rows, key, table, context)), rows }
    },
    write: (plan) => write(plan?.rows ?? rows, table, input, context),
  })
})

interface UpsertPlan extends WritePlan {
  /** One for each change. */
  readonly valid: readonly Values[]
  /** The rows to write (default: those of the call). */
  readonly rows?: readonly Values[]
}

async function planUpsert(
  rows: readonly Values[],
  key: readonly string[],
  table: GuardedTable,
  context: CallContext,
): Promise<UpsertPlan> {
  const preview = await withArgumentNames(fieldOfAny, () => table.previewUpsert(rows, key))
  const { changes, counts, rejectedCount: rejected } = preview
  const { inserted, updated } = counts
  const invalid = new Set(preview.rejected.map(({ index }) => index))
  const action = describeWrite('insert or update', inserted + updated, table)
  return {
    args: { rows, key },
    valid: rows.filter((_, row) => !invalid.has(row)),
    changes,
    key,
    action: `${action}: ${inserted} new, ${updated} changed`,
    rejected,
    problems: rejectedProblems(preview, context),
    remark: rejectedNotice(rejected),
  }
}

async function write(
  rows: readonly Values[],
  table: GuardedTable,
  { key, note }: Input,
  context: CallContext,
) {
  const { written, more, undo } = await carryOut(
    context,
    { tool: upsertRecords.name, table, note },
    async () => {
      await using _lock = await lockTable(context, table)
      const names = { byPlace: true, field: fieldOfRow }
      const more = await collect(table.upsert(rows, key), names, context, rows.length)
      const changes = [...more.ok.values()].map(({ change }) => change)
      const of = (wanted: string): number => changes.filter((change) => change === wanted).length
      const { rejected, unknown, not_sent, isWhole } = more
      const counts = {
        inserted: of('inserted'),
        updated: of('updated'),
        unchanged: of('unchanged'),
        rejected,
        unknown,
        not_sent,
      }
      return { more, counts, isWhole }
    },
  )
  const notice = joinSentences(storedAsTextNotice(rows, table), more.notice, undo)
  return { notice, ...written, problems: more.problems }
}

/** For errors of a preview, which do not state the row. */
function fieldOfAny(error: ChatlayerError): string | undefined {
  return fieldOf(error)?.replace(/^values/, 'records[…]')
}
