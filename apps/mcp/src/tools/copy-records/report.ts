/** What a copy reports: its problems, and sentences about how it ended. */
import type { SyncProblem, SyncReport } from '@chatlayer-tables/transfer'
import type { CallContext } from '../../call/context.ts'
import { hintFor } from '../../call/errors.ts'
import { reasonWithHint } from '../../policy/redact.ts'
import { MAX_PROBLEMS } from '../../result/problems.ts'
import { counted, joinSentences } from '../../result/sentences.ts'
import type { Problem } from '../../result/tool-error.ts'
import { resumeText, stopText } from '../../write/stopped.ts'

export function noticeOf(report: SyncReport, problems: number): string | undefined {
  const { plan, rejected, unknown, deleted, finished, stopped, job } = report
  const held = finished ? plan.deletes - deleted : 0
  return joinSentences(
    plan.inserts + plan.updates + plan.deletes === 0 ? 'Nothing was written.' : undefined,
    stopped === undefined
      ? undefined
      : `Stopped before the end (${stopped.reason})${stopText(stopped.error)}`,
    finished || job === undefined ? undefined : resumeText(job),
    rejected + unknown > problems ? `Only the first ${problems} problems are listed.` : undefined,
    held > 0 && rejected + unknown > 0
      ? `Not deleted, because other records were not written: ${counted(held, 'record')}.`
      : undefined,
    readBackText(report),
  )
}

/** Reports a target that is not as it should be after the copy. */
function readBackText({ readBack, rejected, unknown }: SyncReport): string | undefined {
  if (readBack === undefined || readBack.equal || rejected + unknown > 0) return undefined
  return readBack.onlyStored
    ? 'The gateway stored some values otherwise than they were sent; see problems.'
    : 'Afterwards the records were not equal: another program may be writing to a table. Compare them again.'
}

export function keepProblem(
  problems: Problem[],
  { key, id, outcome, column, code, reason, fix }: SyncProblem,
  { catalog }: CallContext,
): void {
  if (problems.length >= MAX_PROBLEMS) return
  const prefix = `values.${column}: `
  const text = reason.startsWith(prefix) ? reason.slice(prefix.length) : reason
  problems.push({
    ...(id === undefined ? {} : { id }),
    key,
    status: outcome,
    reason: reasonWithHint({ code, reason: text, hint: hintFor(fix) }, catalog.hiddenNames),
    ...(column === undefined ? {} : { field: column }),
  })
}
