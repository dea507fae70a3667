/** Undo of a change set, shown before it is carried out. */
import type { UndoProblem } from '@chatlayer-tables/journal'
import type { PreviewUndoParams, RowProblem } from '@chatlayer-tables/views'
import type { OpenBot } from '../../connection.ts'
import { setText, undoText } from '../../output/change-output.ts'
import type { RunJournal } from '../../run-journal.ts'
import type { ReviewedWrite } from './reviewed-write.ts'

/** @throws NotFoundError for an unknown change set */
export async function undoWrite(
  { changeSet, records }: PreviewUndoParams,
  bot: OpenBot,
  run: RunJournal,
): Promise<ReviewedWrite> {
  const journal = await run.open()
  const summary = await journal.show(changeSet)
  const { id, table, version } = summary
  return {
    what: `Undo ${setText(summary)}`,
    table,
    version,
    // A record that is inserted again, or changed twice, cannot be named by an id of its own.
    canTick(changes) {
      const ids = changes.flatMap((change) => change.id ?? [])
      return ids.length > 1 && new Set(ids).size === changes.length
    },
    async preview({ signal }) {
      const limit = Number.MAX_SAFE_INTEGER
      const found = await journal.previewUndo(id, { records, client: bot.client, limit, signal })
      return {
        changes: found.changes,
        unchanged: found.undo.unchanged,
        problems: found.problems.map(rowProblem),
      }
    },
    async write(changes, isAll, { note, signal, onProgress }) {
      const chosen = isAll ? records : changes.flatMap((change) => change.id ?? [])
      const report = await journal.undo(id, {
        ...run.facts(note === undefined ? {} : { note }),
        ...{ records: chosen, signal },
        connect: (onWrite) => bot.connect(onWrite),
        onProgress: ({ undone }) => onProgress(undone),
      })
      const problems = report.problems.slice(0, MAX_REPORTED).map(({ reason }) => `${reason}.`)
      const words = [`${undoText('Undid', setText(summary), report.counts)}.`, ...problems]
      return {
        message: words.join(' '),
        counts: { ...report.counts },
        changeSets: report.id === undefined ? [] : [report.id],
      }
    },
  }
}

/** Number of problems named one by one. */
const MAX_REPORTED = 10

function rowProblem({ id, status, reason, hint, columns }: UndoProblem): RowProblem {
  const [column] = columns
  return {
    place: id ?? 'a record',
    ...(columns.length === 1 && column !== undefined && { column }),
    reason: `${status}: ${reason}`,
    ...(hint !== undefined && { fix: hint }),
  }
}
