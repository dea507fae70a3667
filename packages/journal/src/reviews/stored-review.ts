/** A review as a row of the database, and its state by the clock. */
import { parseJson } from '@chatlayer-tables/core'
import type { JournalConnection } from '../types.ts'
import type { ReviewCaller, ReviewResult, ReviewState, ReviewWay, StoredReview } from './types.ts'

export type DatabaseRow = Readonly<Record<string, unknown>>

/** Programs that share the store may run on machines whose clocks differ a little. */
const CLOCK_TOLERANCE_MS = 10_000

/** Whether a time span has ended, or has not begun since the clock was set back. */
export function isOver(created: number, expires: number, now: number): boolean {
  return now >= expires || now < created - CLOCK_TOLERANCE_MS
}

/** The state of a review now: one that waited too long has expired, also after its approval. */
export function stateOf(row: DatabaseRow, now: number): ReviewState {
  const state = String(row.state) as ReviewState
  const waits = state === 'pending' || (state === 'approved' && row.claimed === null)
  if (!waits) return state
  const since = Number(state === 'approved' ? row.decided : row.created)
  return isOver(since, Number(row.expires), now) ? 'expired' : state
}

export function reviewOfRow(row: DatabaseRow, now: number): StoredReview {
  return {
    id: String(row.id),
    state: stateOf(row, now),
    program: String(row.program),
    client: textOf(row.client),
    command: String(row.command),
    place: placeOf(String(row.place)),
    principal: textOf(row.principal) ?? null,
    table: String(row.table_name),
    version: String(row.version),
    // Arguments keep all digits of their numbers.
    call: parseJson(String(row.call)) as StoredReview['call'],
    bound: String(row.bound),
    facts: objectOf(row.facts),
    note: textOf(row.note),
    canTick: row.can_tick === 1,
    digest: String(row.digest),
    salt: String(row.salt),
    rowCounts: JSON.parse(String(row.row_counts)) as number[],
    createdAt: new Date(Number(row.created)).toISOString(),
    expiresAt: new Date(Number(row.expires)).toISOString(),
    decision: decisionOf(row),
    isClaimed: row.claimed !== null,
    result: row.result === null ? undefined : (objectOf(row.result) as ReviewResult),
  }
}

function decisionOf(row: DatabaseRow): StoredReview['decision'] {
  if (row.way === null) return undefined
  const ticked = textOf(row.ticked)
  return {
    way: String(row.way) as ReviewWay,
    at: new Date(Number(row.decided)).toISOString(),
    note: textOf(row.decision_note),
    ticked: ticked === undefined ? undefined : (JSON.parse(ticked) as number[][]),
  }
}

/** Whether a review is this caller's. */
export function isOf(row: DatabaseRow, { place, principal }: ReviewCaller): boolean {
  return row.place === textOfPlace(place) && row.principal === principal
}

/** The stored form of a place: equal places have equal texts. */
export function textOfPlace({ origin, teamId, botId }: JournalConnection): string {
  return JSON.stringify([origin, teamId, botId])
}

function placeOf(text: string): JournalConnection {
  const [origin = '', teamId = '', botId = ''] = JSON.parse(text) as string[]
  return { origin, teamId, botId }
}

function textOf(value: unknown): string | undefined {
  return value === null ? undefined : String(value)
}

export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return JSON.parse(String(value)) as Readonly<Record<string, unknown>>
}
