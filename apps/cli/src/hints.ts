/** Hints for errors of the libraries, which do not name commands: one for each situation. */
import type { JournalSituation } from '@chatlayer-tables/journal'
import type { StateSituation } from '@chatlayer-tables/state/postgres'
import type { TransferSituation } from '@chatlayer-tables/transfer'

/** The situations that the libraries report, each with its code and data. */
type Situation = JournalSituation | StateSituation | TransferSituation

type DataOf<P extends Situation> = P extends { readonly data: infer D } ? D : undefined

/** The hint for each situation, which replaces `own`, the hint of the error. */
export const HINTS: {
  readonly [C in Situation['code']]: (
    data: DataOf<Extract<Situation, { code: C }>>,
    own?: string,
  ) => string
} = {
  CHANGES_NOT_FOUND: () =>
    'clt changes list shows the change sets and their jobs; old ones are pruned.',
  JOB_NOT_FOUND: () => 'clt jobs list shows the jobs.',
  JOB_DAMAGED: ({ job }) => undoFirst(job),
  JOB_OF_ANOTHER_RELEASE: ({ job }) => `Continue with the release that made it. ${undoFirst(job)}`,
  INPUT_NOT_HERE: ({ job }) =>
    `Copy the file to this machine, and name the copy: clt jobs resume ${job} --input FILE`,
  STATE_NOT_MIGRATED: ({ owner }) =>
    `Run clt state migrate once, connected as ${owner === undefined ? 'a role that may create a schema' : `the role "${owner}"`}.`,
  STATE_NOT_GRANTED: () =>
    'Connected as the role that has migrated the state, run: clt state grant ROLE',
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
  RESTORE_KEY_NEEDED: ({ table }) => `Pass --key "${table}=column".`,
  RESTORE_MODE_NEEDED: () =>
    'Pass --mode append to keep them, --mode upsert with --key to change those with the same key, or --mode replace to delete them.',
  RESTORE_MAPPING_FOUND: ({ from, to }, own) =>
    withStep(own, `To map it, pass --map "${from}=${to}".`),
  RESTORE_VERSION_NOT_FOUND: ({ versions }) =>
    `Pass --versions ${versions.join(',').toLowerCase()}.`,
  SOURCE_EMPTY: () => 'Pass --allow-empty to delete them.',
  LIMITS_EXCEEDED: ({ allowances }) =>
    `Check the source, or allow it this once: ${allowances.map((each) => `--allow ${each}`).join(' ')}`,
  KEYS_DUPLICATE: (_, own) => withStep(own, '--check lists all of them.'),
  ROWS_REJECTED: (_, own) => withStep(own, '--check lists all problems.'),
  FILE_COLUMNS_DIFFER: ({ meta }, own) =>
    withStep(
      own,
      `Pass --map "title=column" to rename a column, --ignore "title" to skip it.${meta.length === 0 ? '' : ` Pass --ignore-meta to skip ${meta.join(', ')}, which export --with-meta adds.`}`,
    ),
  COMPARED_COLUMNS_DIFFER: () =>
    'Pass --ignore to skip columns, or --columns to choose those to compare.',
  SYNC_WITH_ITSELF: () => 'Add the version to each table, such as stores@draft stores@live.',
}

/** The hint of the error, followed by a step that names flags. */
function withStep(own: string | undefined, step: string): string {
  return own === undefined ? step : `${own} ${step}`
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
  const hint = HINTS[situation.code] as (data: unknown, own: string | undefined) => string
  return hint('data' in situation ? situation.data : undefined, ownHint(error))
}

function ownHint(error: object): string | undefined {
  return 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined
}
