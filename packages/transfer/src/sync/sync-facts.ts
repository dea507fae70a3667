/** What the job of a sync keeps of what it was asked to do. */
import type { GatewayMoment, Table, Version } from '@chatlayer-tables/core'
import type { SideInput } from '../compare/compare-types.ts'
import type { JobConnection, JobFacts } from '../job/job-types.ts'
import type { SyncCounts, SyncProfiles, SyncSettings } from './sync-types.ts'

export interface SyncFacts extends JobFacts {
  readonly kind: 'sync'
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
      readonly connection: JobConnection
      readonly id: string
      readonly name: string
      readonly version: Version
    }
  | {
      readonly kind: 'file'
      readonly name: string
      /** Absolute; undefined for what the job keeps a copy of: standard input, or an input of a server. */
      readonly path?: string | undefined
      readonly reading?: Extract<SideInput, { kind: 'file' }>['reading']
    }

/** Name of the source in messages. */
export function sourceLabel(source: SyncSourceFacts): string {
  return source.kind === 'file' ? source.name : `${source.name}@${source.version.toLowerCase()}`
}
