/** What a database is opened with to write to it. */
import { SideError } from '../side-error.ts'

export interface TargetInput {
  /** See `addressKind`; it names the table, and has no password. */
  readonly address: string
  /** The password of a saved connection, in place of one from the environment. */
  readonly secret?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder of locks between processes of this machine, for databases that are files. */
  readonly lockFolder: string
  readonly signal?: AbortSignal | undefined
}

/** The error where another export writes to the same table. */
export function lockedByExport(name: string): SideError {
  return new SideError('SIDE_FAILED', `another export is writing to ${name}`, {
    hint: 'Wait until it has ended, then run the command again.',
    isTransient: true,
  })
}
