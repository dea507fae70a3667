/** What a job of a restore keeps of what it was asked to do, and whether that still holds. */
import { InvalidInputError, type Table } from '@chatlayer-tables/core'
import { checkConnection, checkInput, checkTable } from '../import/import-facts.ts'
import type { ImportConnection } from '../import/import-types.ts'
import type { Fingerprint } from '../job/fingerprint.ts'
import type { RestoredPart, RestorePart } from './restore-types.ts'

export interface RestoreFacts {
  readonly kind: 'restore'
  /** ISO 8601. */
  readonly createdAt: string
  readonly connection: ImportConnection
  /** The archive. */
  readonly input: {
    readonly name: string
    /** Absolute. */
    readonly path: string
    readonly fingerprint: Fingerprint
  }
  readonly parts: readonly RestorePart[]
  /** Where rejected and unknown records are put. */
  readonly outDir: string
  /** Whether it is expected that the gateway stores some values otherwise than they are sent. */
  readonly acceptStored?: boolean | undefined
}

/** How far a restore has come; kept whenever a part of it has. */
export interface RestoreProgressFacts {
  /** By the place of their part; null for those that were not begun. */
  readonly restored: readonly (RestoredPart | null)[]
}

/** @throws InvalidInputError when the job is none of a restore */
export function restoreFacts(job: string, facts: unknown): RestoreFacts {
  if (typeof facts === 'object' && facts !== null && 'kind' in facts && facts.kind === 'restore') {
    // Written by this program under the same format, which the database's version vouches for.
    return facts as RestoreFacts
  }
  throw new InvalidInputError(`job ${job} is no restore`)
}

/** @throws InvalidInputError naming what is not as it was when the job began */
export function checkSource(
  { connection, input }: RestoreFacts,
  now: { readonly connection: ImportConnection; readonly fingerprint: Fingerprint },
  job: string,
): void {
  // The version of each table is part of the job itself and cannot differ.
  checkConnection({ connection, version: 'DRAFT' }, now.connection, 'DRAFT')
  checkInput({ input }, now.fingerprint, { id: job, mayHaveWritten: true })
}

/** @throws InvalidInputError naming the table that is not as it was when the job began */
export function checkTargets({ parts }: RestoreFacts, tables: readonly Table[], job: string): void {
  for (const { into } of parts) {
    const table = tables.find(({ id }) => id === into.id)
    if (table === undefined) throw new InvalidInputError(`the table "${into.name}" is gone`)
    checkTable({ table: into }, table, { id: job, mayHaveWritten: true })
  }
}
