/** What a job of a sync keeps of what it was asked to do, and whether that still holds. */
import {
  type GatewayMoment,
  InvalidInputError,
  type Table,
  type Version,
} from '@chatlayer-tables/core'
import type { SideInput } from '../compare/compare-types.ts'
import { connectionDifferences, tableDifferences } from '../import/import-facts.ts'
import type { ImportConnection } from '../import/import-types.ts'
import type { SyncCounts, SyncProfiles, SyncSettings } from './sync-types.ts'

export interface SyncFacts {
  readonly kind: 'sync'
  /** ISO 8601. */
  readonly createdAt: string
  /** Of the table that is changed. */
  readonly connection: ImportConnection
  readonly table: Pick<Table, 'id' | 'name' | 'columns'>
  readonly version: Version
  readonly source: SyncSourceFacts
  readonly settings: SyncSettings
  readonly profiles: SyncProfiles
  /** The columns that are compared, those of the key among them. */
  readonly columns: readonly string[]
  readonly plan: SyncCounts
  /** The gateway's time before anything was written, as far as its responses showed it. */
  readonly moment?: GatewayMoment | undefined
}

/** Records of the table when it was compared. */
export function recordsBefore({ updates, deletes, extra, same }: SyncCounts): number {
  return updates + deletes + extra + same
}

export type SyncSourceFacts =
  | {
      readonly kind: 'table'
      readonly connection: ImportConnection
      readonly id: string
      readonly name: string
      readonly version: Version
    }
  | {
      readonly kind: 'file'
      readonly name: string
      /** Absolute; undefined for standard input, which the job keeps a copy of. */
      readonly path?: string | undefined
      readonly reading?: Extract<SideInput, { kind: 'file' }>['reading']
    }

/** @throws InvalidInputError when the job is none of a sync */
export function syncFacts(job: string, facts: unknown): SyncFacts {
  if (typeof facts === 'object' && facts !== null && 'kind' in facts && facts.kind === 'sync') {
    // Written by this program under the same format, which the database's version vouches for.
    return facts as SyncFacts
  }
  throw new InvalidInputError(`job ${job} is no sync`)
}

/** As messages call the source. */
export function sourceLabel(source: SyncSourceFacts): string {
  return source.kind === 'file' ? source.name : `${source.name}@${source.version.toLowerCase()}`
}

/** @throws InvalidInputError naming what is not as it was when the job began */
export function checkSameConnection(
  what: string,
  before: { readonly connection: ImportConnection; readonly version: Version },
  now: ImportConnection,
  version: Version,
): void {
  const differences = connectionDifferences(before.connection, now)
  if (before.version !== version) {
    differences.push(`version was "${before.version}" and is "${version}"`)
  }
  if (differences.length === 0) return
  throw new InvalidInputError(
    `the ${what} of the job belongs to another connection: ${differences.join('; ')}`,
    { hint: 'Set the connection that the sync was begun with.' },
  )
}

/** @throws InvalidInputError naming what is not as it was when the job began */
export function checkSameTable({ table: before }: SyncFacts, now: Table): void {
  const differences = tableDifferences(before, now)
  if (differences.length === 0) return
  throw new InvalidInputError(
    `the table "${before.name}" has changed since the sync began: ${differences.join('; ')}`,
    {
      hint: 'Remove the job (clt jobs rm) and sync again: a new sync compares, and writes only what differs.',
    },
  )
}
