/** The counts and problems of an undo. */
import type { Outcome } from '@chatlayer-tables/core'
import type { UndoCounts, UndoProblem } from './types.ts'
import type { Reversal } from './undo-plan.ts'

/** Problems that are reported one by one. */
export const MAX_PROBLEMS = 10_000

const NOT_KEPT = 'the journal does not keep the values of some columns'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export function noCounts(): Mutable<UndoCounts> {
  return {
    total: 0,
    undone: 0,
    unchanged: 0,
    conflicts: 0,
    gone: 0,
    unsettled: 0,
    rejected: 0,
    unknown: 0,
    incomplete: 0,
    recreated: 0,
  }
}

/** The record has changed since. */
export class Conflict extends Error {
  readonly columns: readonly string[]

  constructor(columns: readonly string[]) {
    super('the record was changed since')
    this.columns = columns
  }
}

/** The record has the values to restore already. */
export class AlreadyUndone extends Error {}

export class UndoTally {
  readonly counts = noCounts()
  readonly problems: UndoProblem[] = []

  /** Counts an undone change. @param isRecreated whether its record has a new id */
  undone(reversal: Reversal, isRecreated = false): void {
    const { lost } = reversal
    this.counts.undone++
    if (isRecreated) this.counts.recreated++
    if (lost.length === 0) return
    this.counts.incomplete++
    this.#report(reversal, 'incomplete', NOT_KEPT, { columns: lost })
  }

  /** Counts a failed write of the undo. */
  failed(reversal: Reversal, { status, error }: Exclude<Outcome<unknown>, { status: 'ok' }>): void {
    const { cause } = error
    if (cause instanceof AlreadyUndone) this.counts.unchanged++
    else if (cause instanceof Conflict) this.conflict(reversal, cause.columns)
    else if (error.code === 'NOT_FOUND' && error.request === undefined) this.gone(reversal)
    else this.problem(reversal, status, error.message, { hint: error.hint })
  }

  conflict(reversal: Reversal, columns: readonly string[]): void {
    const named = columns.map((column) => `"${column}"`).join(', ')
    this.problem(reversal, 'conflict', `the record was changed since, in ${named}`, { columns })
  }

  gone(reversal: Reversal): void {
    this.problem(reversal, 'gone', 'the record does not exist any more')
  }

  /** Counts a change none of whose values the journal keeps. */
  lost(reversal: Reversal): void {
    this.problem(reversal, 'rejected', NOT_KEPT, { columns: reversal.lost })
  }

  problem(
    reversal: Reversal,
    status: Exclude<UndoProblem['status'], 'incomplete'>,
    reason: string,
    more: Partial<UndoProblem> = {},
  ): void {
    this.counts[status === 'conflict' ? 'conflicts' : status]++
    this.#report(reversal, status, reason, more)
  }

  #report(
    { change }: Reversal,
    status: UndoProblem['status'],
    reason: string,
    { columns = [], hint }: Partial<UndoProblem>,
  ): void {
    if (this.problems.length >= MAX_PROBLEMS) return
    this.problems.push({ id: change.id, change: change.kind, status, reason, hint, columns })
  }
}
