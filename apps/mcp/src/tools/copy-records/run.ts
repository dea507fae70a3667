import type { ChatlayerError, Where } from '@chatlayer-tables/core'
import { copySettings, previewSync, type SyncInputs, syncTables } from '@chatlayer-tables/transfer'
import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { fieldOf, withArgumentNames } from '../../call/errors.ts'
import { openTable } from '../../call/open-table.ts'
import { connectionOf } from '../../journal/write-journal.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { fitProblems } from '../../result/problems.ts'
import { joinSentences } from '../../result/sentences.ts'
import type { Problem } from '../../result/tool-error.ts'
import { carryOut, undoSentence } from '../../write/carry-out.ts'
import { guardedWrite } from '../../write/guarded-write.ts'
import { lockTable } from '../../write/table-lock.ts'
import { copyRecords } from './definition.ts'
import { type CopyPlan, checkUnchanged, deletedKeys, planCopy, remarkOf } from './plan.ts'
import { keepProblem, noticeOf } from './report.ts'

type Input = z.output<typeof copyRecords.input>

interface Copy {
  readonly from: GuardedTable
  readonly to: GuardedTable
  readonly inputs: Pick<SyncInputs, 'source' | 'table' | 'connection' | 'settings'>
}

export const run: RunTool = defineRun(copyRecords, (input, context) =>
  withArgumentNames(argumentOf, async () => {
    const copy = await openCopy(input, context)
    const { from, to } = copy
    const { key, where, columns, delete: isDeleting } = input
    const args = { from: [from.definition.id, from.version], key, where, columns, isDeleting }
    return guardedWrite(context, input, {
      tool: copyRecords.name,
      table: to,
      // The number of records is known once both tables have been compared.
      direct: { count: Number.POSITIVE_INFINITY, deletes: isDeleting },
      async plan() {
        using plan = await previewSync({ ...copy.inputs, ...progressOf(context) })
        return await planCopy(plan, args, from, to)
      },
      write: (plan) => write(copy, input, plan, context),
    })
  }),
)

async function openCopy(input: Input, context: CallContext): Promise<Copy> {
  const { key, where, columns } = input
  const from = await openTable(context, input.from, 'read')
  const to = await openTable(context, input.to, 'write')
  for (const table of [from, to]) {
    for (const [index, name] of key.entries()) table.checkColumn(name, 'compare', `key[${index}]`)
    for (const [index, name] of (columns ?? []).entries()) {
      table.checkColumn(name, 'compare', `columns[${index}]`)
    }
  }
  const connection = connectionOf(context.client)
  return {
    from,
    to,
    inputs: {
      source: { kind: 'table', table: from.comparedTable(), connection },
      table: to.copyTarget(),
      connection,
      settings: copySettings({
        key,
        columns,
        where: where as Where | undefined,
        delete: input.delete,
      }),
    },
  }
}

/** @param confirmed the previewed plan: if the records have changed since, nothing is written */
async function write(
  { from, to, inputs }: Copy,
  { note }: Input,
  confirmed: CopyPlan | undefined,
  context: CallContext,
) {
  const problems: Problem[] = []
  let remark: string | undefined
  let keys: unknown[][] = []
  const { written, more } = await carryOut(
    context,
    { tool: copyRecords.name, table: to, note },
    async () => {
      const done = await syncTables({
        ...inputs,
        ...progressOf(context),
        store: await (await context.state.open()).jobs(),
        lockTable: () => lockTable(context, to),
        onStart: ({ job }) => context.journal.setJob(job),
        async onPlan(plan) {
          await checkUnchanged(plan, confirmed)
          remark = remarkOf(plan, from, to)
          keys = await deletedKeys(plan)
        },
        onProblem: (problem) => keepProblem(problems, problem, context),
      })
      const { inserted, updated, deleted, rejected, unknown } = done
      const counts = { inserted, updated, deleted, rejected, unknown }
      return { more: done, counts, isWhole: done.finished }
    },
  )
  const { job, plan, unsent, deleted } = more
  const listed = fitProblems(problems)
  // By job, because another program may have resumed it meanwhile.
  const undo = written.change_set && job && undoSentence(job, context.settings)
  return {
    ...written,
    unchanged: plan.same,
    ...(unsent > 0 ? { not_sent: unsent } : {}),
    ...(deleted > 0 && deleted === plan.deletes ? { deleted_keys: keys } : {}),
    ...(job === undefined ? {} : { job }),
    problems: listed,
    notice: joinSentences(noticeOf(more, listed.length), remark, undo || undefined),
  }
}

function progressOf({ signal, request }: CallContext): Pick<SyncInputs, 'stop' | 'onProgress'> {
  return {
    stop: signal,
    onProgress({ phase, records, planned, ok, rejected, unknown }) {
      const isReading = phase === 'comparing' || phase === 'verifying'
      if (isReading) void request.progress?.(records, undefined, `${phase}: ${records} records`)
      else void request.progress?.(ok + rejected + unknown, planned, `${ok} written`)
    },
  }
}

/** The client's `values.phone` is a value of the source. */
function argumentOf(error: ChatlayerError): string | undefined {
  return fieldOf(error)?.replace(/^values\..*/s, 'from')
}
