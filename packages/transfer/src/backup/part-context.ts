/** What writing, checking and comparing one table of a restore have in common. */
import type { TableHandle } from '@chatlayer-tables/core'
import type { JobStore } from '../job/job-store.ts'
import type { JobConnection } from '../job/job-types.ts'
import type { RowProblem } from '../rows/row-problem.ts'
import type { RestorePart, RestoreProgress, RestoreRunOptions } from './restore-types.ts'

export interface PartContext {
  /** Path of the archive. */
  readonly file: string
  /** Has the job of the part's import once that has begun. */
  readonly store: JobStore
  readonly outDir: string
  readonly table: TableHandle
  readonly connection: JobConnection
  readonly acceptStored: boolean | undefined
  readonly stop: AbortSignal | undefined
  readonly signal: AbortSignal | undefined
  readonly onProgress: (
    progress: Pick<RestoreProgress, 'phase' | 'done' | 'rejected' | 'unknown'>,
  ) => void
  readonly onProblem: (problem: RowProblem) => void
  /** Called before anything is deleted or written. */
  readonly onBegin: () => void
}

export function contextOf(
  part: RestorePart,
  index: number,
  parts: number,
  { client, stop, signal, onProgress, onProblem }: RestoreRunOptions,
): Pick<PartContext, 'table' | 'stop' | 'signal' | 'onProgress' | 'onProblem'> {
  return {
    table: client.table(part.into.id, { version: part.version }),
    stop,
    signal,
    onProgress: (progress) => onProgress?.({ part, index, parts, ...progress }),
    onProblem: (problem: RowProblem) => onProblem?.(part, problem),
  }
}

/**
 * Whether all records are deleted before the backup's are written. With a key, the import deletes the
 * records that the backup does not have, after all other writes.
 */
export function emptiesFirst({ mode, key, records }: RestorePart): boolean {
  return mode === 'replace' && (key === undefined || records === 0)
}
