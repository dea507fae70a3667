/** Hints for errors of the libraries, which do not name commands: one for each situation. */
import type { JournalSituation } from '@chatlayer-tables/journal'
import type { TransferSituation } from '@chatlayer-tables/transfer'

/** The situations that the libraries report, each with its code and data. */
type Situation = JournalSituation | TransferSituation

type DataOf<P extends Situation> = P extends { readonly data: infer D } ? D : undefined

/** The hint for each situation, which replaces the hint of the error. */
export const HINTS: {
  readonly [C in Situation['code']]: (data: DataOf<Extract<Situation, { code: C }>>) => string
} = {
  CHANGES_NOT_FOUND: () =>
    'clt changes list shows the change sets and their jobs; old ones are pruned.',
  JOB_NOT_FOUND: () => 'clt jobs list shows the jobs.',
  JOB_DAMAGED: ({ job }) => undoFirst(job),
  JOB_OF_ANOTHER_RELEASE: ({ job }) => `Continue with the release that made it. ${undoFirst(job)}`,
  INPUT_CHANGED: (job) =>
    `To continue, restore the file as it was. To write the changed file instead, ${startAgain(job)}`,
  INPUT_CHANGED_IN_RUN: ({ job }) =>
    `To write the file as it is now, ${startAgain({ job, mayHaveWritten: true })}`,
  TABLE_DEFINITION_CHANGED: (job) =>
    `To continue, change the table back. To write into the table as it is now, ${startAgain(job)}`,
  SYNC_TABLE_CHANGED: ({ job }) =>
    `Remove the job (clt jobs rm ${job}) and sync again: a new sync compares, and writes only what differs.`,
  TABLE_NOT_FOUND: () => 'clt tables list shows the tables of the bot.',
  BACKUP_NOT_WRITABLE: () => 'clt restore --dry-run lists these records.',
}

/** How to start again after a job that cannot be resumed, without writing anything twice. */
function undoFirst(job: string): string {
  return `To start again, first undo what it wrote (clt changes undo --job ${job}), then remove it: clt jobs rm ${job}`
}

/** How to start again without writing anything twice. */
function startAgain({ job, mayHaveWritten }: { job: string; mayHaveWritten: boolean }): string {
  return mayHaveWritten
    ? `first undo what the job wrote: clt changes undo --job ${job}`
    : `remove the job, which has written nothing: clt jobs rm ${job}`
}

/** The hint to show for an error: for its situation, or otherwise the error's own. */
export function hintOf(error: object): string | undefined {
  return hintOfSituation(error) ?? ownHint(error)
}

function hintOfSituation(error: object): string | undefined {
  const situation = 'situation' in error ? (error.situation as Situation | undefined) : undefined
  if (situation === undefined || !Object.hasOwn(HINTS, situation.code)) return undefined
  const hint = HINTS[situation.code] as (data: unknown) => string
  return hint('data' in situation ? situation.data : undefined)
}

function ownHint(error: object): string | undefined {
  return 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined
}
