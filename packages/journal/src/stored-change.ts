/** A change as a row of the database, and its number there. */
import type { GatewayMoment } from '@chatlayer-tables/core'
import { type PackedId, unpackId } from '@chatlayer-tables/local'
import {
  type Hidden,
  type Kept,
  keptFromText,
  NOTHING_HIDDEN,
  type StoredOtherwise,
  valuesFromText,
} from './stored-values.ts'
import type { ChangeKind, RecordedChange } from './types.ts'

/** A kind's code in the database is its place here, from 1. */
const KINDS: readonly ChangeKind[] = ['inserted', 'updated', 'deleted']

/**
 * A state's code in the database is its place here, from 0. A `retriable` change is unknown because the
 * gateway could not be asked; it is checked again at the next start.
 */
const STATES = ['open', 'ok', 'rejected', 'unknown', 'elsewhere', 'retriable'] as const
export type State = (typeof STATES)[number]

export function kindCode(kind: ChangeKind): number {
  return KINDS.indexOf(kind) + 1
}

export function stateCode(state: State): number {
  return STATES.indexOf(state)
}

export interface NewChange {
  readonly n: number
  readonly kind: ChangeKind
  readonly id: string | undefined
  /** The row's position in the input of the call. */
  readonly row: number | undefined
  readonly before: Kept | undefined
  readonly after: Kept | undefined
  readonly at: number
  /** The gateway's time before its request was sent; undefined where it was not known. */
  readonly moment: GatewayMoment | undefined
  /** The number of the change that this one undoes. */
  readonly reverses: number | undefined
}

export interface StoredChange extends NewChange {
  readonly state: State
  readonly ended: number | undefined
  readonly problem: string | undefined
  readonly undoneBy: number | undefined
  /** The sent values of the columns that the gateway stored otherwise than sent. */
  readonly sent: Kept | undefined
}

/** How a change ended. */
export interface Ending {
  readonly state: State
  /** The record's id, where a response showed it. */
  readonly id?: string | undefined
  readonly problem?: string | undefined
  /** Undefined where the gateway stored all values as sent, as far as known. */
  readonly stored?: StoredOtherwise | undefined
  readonly ended: number
}

type Row = Record<string, unknown>

const CHANGES_PER_SET = 2 ** 31

export function setOf(n: number): number {
  return Math.floor(n / CHANGES_PER_SET)
}

function seqOf(n: number): number {
  return n % CHANGES_PER_SET
}

export function numberOf(set: number, seq: number): number {
  return set * CHANGES_PER_SET + seq
}

export function firstOf(set: number): number {
  return numberOf(set, 0)
}

export function lastOf(set: number): number {
  return numberOf(set + 1, 0) - 1
}

export function hiddenText(before: Kept | undefined, after: Kept | undefined): string | null {
  const [of, to] = [before?.hidden ?? NOTHING_HIDDEN, after?.hidden ?? NOTHING_HIDDEN]
  if (Object.keys(of).length + Object.keys(to).length === 0) return null
  return JSON.stringify({ before: of, after: to })
}

export function changeOf(row: Row): StoredChange {
  const kind = KINDS[Number(row.kind) - 1]
  const state = STATES[Number(row.state)]
  if (kind === undefined || state === undefined) {
    throw new Error(`invalid change ${row.n}: kind ${row.kind}, state ${row.state}`)
  }
  const before = valuesFromText(row.before)
  const after = valuesFromText(row.after)
  const hidden = hiddenOf(row.hidden)
  return {
    n: Number(row.n),
    kind,
    state,
    id: row.record === null ? undefined : unpackId(row.record as PackedId),
    row: row.row === null ? undefined : Number(row.row),
    before: before && { values: before, hidden: hidden.before },
    after: after && { values: after, hidden: hidden.after },
    at: Number(row.at),
    ended: row.ended === null ? undefined : Number(row.ended),
    problem: row.problem === null ? undefined : String(row.problem),
    reverses: row.reverses === null ? undefined : Number(row.reverses),
    undoneBy: row.undone_by === null ? undefined : Number(row.undone_by),
    moment: momentOf(row),
    sent: keptFromText(row.sent),
  }
}

export function momentOf({
  moment_records: records,
  moment_dates: dates,
}: Row): GatewayMoment | undefined {
  if (records === null && dates === null) return undefined
  return {
    records: records === null ? undefined : Number(records),
    dates: dates === null ? undefined : Number(dates),
  }
}

function hiddenOf(text: unknown): { before: Hidden; after: Hidden } {
  if (typeof text !== 'string') return { before: NOTHING_HIDDEN, after: NOTHING_HIDDEN }
  return JSON.parse(text) as { before: Hidden; after: Hidden }
}

export function recordedChange(change: StoredChange): RecordedChange {
  const { n, kind, state, id, before, after, at, ended, problem, undoneBy, sent } = change
  const differing = Object.keys({ ...sent?.values, ...sent?.hidden })
  return {
    seq: seqOf(n),
    change: kind,
    status: state === 'retriable' ? 'unknown' : state,
    id,
    before: before?.values,
    after: after?.values,
    differences: differing.map((column) => ({
      column,
      sent: sent?.values[column],
      stored: after?.values[column],
    })),
    hidden: {
      before: Object.keys(before?.hidden ?? {}),
      after: Object.keys(after?.hidden ?? {}),
    },
    at: new Date(at).toISOString(),
    endedAt: ended === undefined ? undefined : new Date(ended).toISOString(),
    problem,
    isUndone: undoneBy !== undefined,
  }
}
