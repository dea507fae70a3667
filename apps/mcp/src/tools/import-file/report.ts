/** What an import reports: its problems, and sentences about how it ended. */
import type { ImportReport, RowProblem } from '@chatlayer-tables/transfer'
import type { CallContext } from '../../call/context.ts'
import { hintFor } from '../../call/errors.ts'
import { reasonWithHint } from '../../policy/redact.ts'
import { MAX_PROBLEMS } from '../../result/problems.ts'
import { counted, joinSentences } from '../../result/sentences.ts'
import type { Problem } from '../../result/tool-error.ts'
import { resumeText, stopText } from '../../write/stopped.ts'

/** The fields of the result apart from the counts of records. */
export function fieldsOf(report: ImportReport, problems: Problem[]) {
  const { read, unchanged, unsent, rejected, stopped, job, notDeleted } = report
  const files = Object.values(report.files).flatMap((file: string | undefined) => file ?? [])
  return {
    notice: joinSentences(
      stopped === undefined
        ? undefined
        : joinSentences(
            `Stopped before the end (${stopped.reason})${stopText(stopped.error)}`,
            nextStep(stopped.reason, job),
          ),
      rejected > problems.length
        ? `Only the first ${problems.length} problems are listed.`
        : undefined,
      notDeleted > 0
        ? `Not deleted, because some rows were not written: ${counted(notDeleted, 'record')}.`
        : undefined,
      countText(report),
    ),
    read,
    unchanged,
    ...(unsent > 0 ? { not_sent: unsent } : {}),
    problems,
    job,
    ...(files.length > 0 ? { files } : {}),
  }
}

/** Reports an unexpected number of records, and duplicate keys. */
function countText({ tableCount, heldTwice }: ImportReport): string | undefined {
  if (tableCount === undefined || tableCount.fits) return undefined
  const { after, least, most } = tableCount
  const expected = least === most ? `${least}` : `${least} to ${most}`
  const keys = heldTwice.map(({ line, ids }) => `line ${line} (${ids.join(', ')})`)
  return joinSentences(
    `The table has ${after} records; expected ${expected}. Check it before retrying.`,
    keys.length > 0 ? `Duplicate keys: ${keys.join('; ')}.` : undefined,
  )
}

/** How to continue after a stop; a changed file cannot be resumed. */
function nextStep(
  reason: NonNullable<ImportReport['stopped']>['reason'],
  job: string,
): string | undefined {
  if (reason === 'errors') return undefined
  return reason === 'file'
    ? 'To import the file as it is now, first undo the job.'
    : resumeText(job)
}

export function keepProblem(
  problems: Problem[],
  { line, outcome, column, code, reason, fix }: RowProblem,
  { catalog }: CallContext,
): void {
  if (problems.length >= MAX_PROBLEMS) return
  problems.push({
    line,
    status: outcome,
    reason: reasonWithHint(
      { code, reason: withoutField(reason, column), hint: hintFor(fix) },
      catalog.hiddenNames,
    ),
    ...(column === undefined ? {} : { field: column }),
  })
}

/** A reason may start with the client's name for the column, which the problem has as its field. */
function withoutField(reason: string, column: string | undefined): string {
  const prefix = `values.${column}: `
  return reason.startsWith(prefix) ? reason.slice(prefix.length) : reason
}
