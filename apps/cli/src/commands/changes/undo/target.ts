/** The target of an undo: a change set, or all change sets of a job. */
import type {
  ChangesRef,
  Journal,
  PlannedUndo,
  UndoJobReport,
  UndoOptions,
  UndoPreviewOptions,
  UndoReport,
} from '@chatlayer-tables/journal'
import { jobText, setText } from '../../../output/change-output.ts'

/** A change set or job to undo. */
export interface Target extends ChangesRef {
  /** Name in messages. */
  readonly name: string
  /** Arguments of `clt changes undo` that select it. */
  readonly args: string
  /** Description with its table or tables. */
  what(): Promise<string>
  plan(options: UndoPreviewOptions): Promise<PlannedUndo>
  undo(options: UndoOptions): Promise<Undone>
}

/** Result of undoing one target. */
export interface Undone {
  /** Report for --json. */
  readonly report: UndoReport | UndoJobReport
  /** Change sets to undo in this order for a redo. */
  readonly redo: readonly string[]
}

export function targetOf(journal: Journal, { kind, id }: ChangesRef): Target {
  if (kind === 'job') {
    return {
      ...{ kind, id, name: `job ${id}`, args: `--job ${id}` },
      what: async () => jobText(id, await journal.ofJob(id)),
      plan: (options) => journal.previewUndoJob(id, options),
      async undo(options) {
        const report = await journal.undoJob(id, options)
        return { report, redo: report.undoes.length > 0 ? report.ids : [] }
      },
    }
  }
  return {
    ...{ kind, id, name: id, args: id },
    what: async () => setText(await journal.show(id)),
    plan: (options) => journal.previewUndo(id, options),
    async undo(options) {
      const report = await journal.undo(id, options)
      return { report, redo: report.id === undefined ? [] : [report.id] }
    },
  }
}
