import type { UndoCounts, UndoProblem } from '@chatlayer-tables/journal'
import type { z } from 'zod'
import type { CallContext } from '../../call/context.ts'
import { toToolError } from '../../call/errors.ts'
import type { VisibleChanges } from '../../journal/find-change-set.ts'
import type { WriteJournal } from '../../journal/write-journal.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { ToolError } from '../../result/tool-error.ts'
import { logWrite } from '../../write/carry-out.ts'
import { undoChanges } from './definition.ts'

interface UndoResult {
  readonly counts: UndoCounts
  readonly problems: readonly UndoProblem[]
  /** The change sets to undo, in this order, to redo the changes. */
  readonly redo: readonly string[]
}

/** @throws ToolError if the undo stops midway, with the number of reverted records */
export async function executeUndo(
  { ids: records, force, note }: z.output<typeof undoChanges.input>,
  { kind, id }: VisibleChanges,
  table: GuardedTable,
  matched: number,
  context: CallContext,
): Promise<UndoResult> {
  const { journal, client, signal, request, log } = context
  let counts: UndoCounts | undefined
  try {
    const options = {
      ...{ command: undoChanges.name, note, client: request.client, principal: request.principal },
      ...(records === undefined ? {} : { records }),
      ...{ force, signal },
      onProgress: (now: UndoCounts) => {
        counts = now
        void request.progress?.(now.undone, matched, `${now.undone} of ${matched} reverted`)
      },
    }
    const report =
      kind === 'job'
        ? await undoJob(journal, id, client, options)
        : await undoSet(journal, id, client, options)
    const { undone, conflicts, gone, rejected, unknown } = report.counts
    const sums = { undone, conflicts, gone, rejected, unknown }
    const ids = report.redo.length > 0 ? report.redo.join(', ') : undefined
    logWrite(log, { tool: undoChanges.name, table, note }, sums, ids)
    return report
  } catch (error) {
    const undone = counts?.undone ?? 0
    if (undone === 0) throw error
    const { code, message, details } = toToolError(error, signal)
    const progress = `Stopped after reverting ${undone} of ${matched} records`
    log.warn(`${progress} (${code})`)
    const hint = 'Repeat the call to continue; records that are already reverted are skipped.'
    throw new ToolError(code, `${progress}: ${message}`, { ...details, hint }, true)
  }
}

type UndoArguments = Parameters<WriteJournal['undo']>

async function undoSet(journal: WriteJournal, ...args: UndoArguments): Promise<UndoResult> {
  const { id, counts, problems } = await journal.undo(...args)
  return { counts, problems, redo: id === undefined ? [] : [id] }
}

async function undoJob(journal: WriteJournal, ...args: UndoArguments): Promise<UndoResult> {
  const { ids, counts, problems } = await journal.undoJob(...args)
  return { counts, problems, redo: ids }
}
