/** What the application provides: the tables and sources that a project names. */
import type { JobConnection } from '../job/job-types.ts'
import type { SyncSource, SyncTarget } from '../sync/sync-types.ts'
import type { ProjectConnection, SourceSpec } from './project-types.ts'

export interface ProjectHost {
  /**
   * Opens a table of `[profile:]table[@version]`, with the project's connection where no profile is named.
   *
   * @param purpose a table that is written to must be asked for as such: LIVE only by `@live`
   */
  openTable(
    reference: string,
    purpose: 'read' | 'write',
    connection: ProjectConnection,
  ): Promise<OpenedTable>
  /**
   * Opens a source. It may be opened again for a later plan. A stream is not read before its first
   * bytes are asked for.
   */
  openSource(spec: SourceSpec, connection: ProjectConnection): Promise<OpenedSource>
  /** A folder for temporary files, which only the user may read (default: one of the system). */
  readonly temporaryFolder?: string | undefined
}

/** A table and its connection; disposed of when it is not needed any more. */
export interface OpenedTable {
  /** By its id, so that it may be renamed meanwhile. */
  readonly handle: SyncTarget
  readonly connection: JobConnection
  /**
   * Takes the lock under which one process at a time writes to the table by comparison. Called for each
   * table before the first comparison of an apply, in the same order in every process.
   */
  readonly lock?: (() => Promise<AsyncDisposable | undefined>) | undefined
  readonly close?: (() => Promise<void>) | undefined
}

export interface OpenedSource {
  readonly source: SyncSource
  readonly notes?: readonly string[] | undefined
  readonly close?: (() => Promise<void>) | undefined
}
