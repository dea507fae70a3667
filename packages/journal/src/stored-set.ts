/** A change set as a row of the database. */
import { randomInt } from 'node:crypto'
import type { GatewayMoment, Version } from '@chatlayer-tables/core'
import type { ChangeSetSummary, JournalConnection, JournalTable } from './types.ts'

/** The facts of a set, which do not change. */
interface SetFacts {
  readonly id: string
  readonly writer: string
  readonly tool: string
  readonly client: string | undefined
  readonly principal: string | undefined
  /** The number of its call. */
  readonly call: number | undefined
  readonly command: string | undefined
  readonly note: string | undefined
  readonly connection: JournalConnection
  readonly table: JournalTable
  readonly version: Version
  readonly undoes: string | undefined
  readonly job: string | undefined
  readonly begun: number
}

/** Whether two connections are of the same bot. */
export function isSameConnection(a: JournalConnection, b: JournalConnection): boolean {
  return a.origin === b.origin && a.teamId === b.teamId && a.botId === b.botId
}

export interface NewSet extends SetFacts {
  /** The gateway's time before the first change. */
  readonly moment: GatewayMoment | undefined
}

export interface StoredSet extends SetFacts {
  readonly n: number
  /** The machine that wrote; undefined in the journal of one machine. */
  readonly host: string | undefined
  readonly ended: number | undefined
  readonly counts: ChangeSetSummary['counts']
  /** The number of changes to check at the next start, in addition to the open ones. */
  readonly retriable: number
  readonly undone: number
}

/** The table of records: ids differ within a table, in both its versions. */
export interface Target {
  readonly connection: JournalConnection
  readonly tableId: string
}

/** Without letters and digits that look alike. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
const ID_LENGTH = 8

export function newSetId(): string {
  return Array.from({ length: ID_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
}

export function setOfRow(row: Record<string, unknown>): StoredSet {
  const text = (value: unknown) =>
    value === null || value === undefined ? undefined : String(value)
  const sums = (name: string) => Number(row[name])
  const counts = {
    inserted: sums('inserted'),
    updated: sums('updated'),
    deleted: sums('deleted'),
    rejected: sums('rejected'),
    unknown: sums('unknown'),
    elsewhere: sums('elsewhere'),
  }
  const ended = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return {
    n: Number(row.n),
    host: text(row.host),
    id: String(row.id),
    writer: String(row.writer),
    tool: String(row.tool),
    client: text(row.client),
    principal: text(row.principal),
    call: row.call === null ? undefined : Number(row.call),
    command: text(row.command),
    note: text(row.note),
    connection: { origin: String(row.origin), teamId: String(row.team), botId: String(row.bot) },
    table: {
      id: String(row.table_id),
      name: String(row.table_name),
      columns: JSON.parse(String(row.columns)) as JournalTable['columns'],
    },
    version: String(row.version) as Version,
    undoes: text(row.undoes),
    job: text(row.job),
    begun: Number(row.begun),
    ended: row.ended === null ? undefined : Number(row.ended),
    counts: { ...counts, open: sums('total') - ended },
    retriable: sums('retriable'),
    undone: sums('undone'),
  }
}

/** @param isRunning whether the set's writer is running */
export function summaryOf(set: StoredSet, isRunning: boolean): ChangeSetSummary {
  const { id, tool, client, principal, command, note, connection, table, version } = set
  const { host, counts, undoes, job, undone } = set
  const isRunningStill = isRunning && set.ended === undefined
  const isOpen = counts.open + set.retriable > 0
  return {
    id,
    status: isRunningStill ? 'running' : isOpen ? 'unsettled' : 'settled',
    ...{ host, tool, client, principal, command, note, connection, table, version },
    begunAt: new Date(set.begun).toISOString(),
    endedAt: set.ended === undefined ? undefined : new Date(set.ended).toISOString(),
    ...{ counts, undoes, job, undone },
  }
}
