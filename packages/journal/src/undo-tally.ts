/** How an undo goes: what it counts, and what it has to tell. */
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

/** The record is not as the change left it. */
export class Conflict extends Error {
  readonly columns: readonly string[]

  constructor(columns: readonly string[]) {
    super('the record was changed since')
    this.columns = columns
  }
}

/** The record is already as it is to be. */
export class AlreadyUndone extends Error {}

export class UndoTally {
  readonly counts = noCounts()
  readonly problems: UndoProblem[] = []

  /** A change was taken back. @param isRecreated whether its record has a new id for it */
  undone(reversal: Reversal, isRecreated = false): void {
    const { lost } = reversal
    this.counts.undone++
    if (isRecreated) this.counts.recreated++
    if (lost.length === 0) return
    this.counts.incomplete++
    this.#tell(reversal, 'incomplete', NOT_KEPT, { columns: lost })
  }

  /** A write of the undo did not end well. */
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
    this.problem(reversal, 'gone', 'the record is gone')
  }

  /** All that the change wrote is kept out of the journal. */
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
    this.#tell(reversal, status, reason, more)
  }

  #tell(
    { change }: Reversal,
    status: UndoProblem['status'],
    reason: string,
    { columns = [], hint }: Partial<UndoProblem>,
  ): void {
    if (this.problems.length >= MAX_PROBLEMS) return
    this.problems.push({ id: change.id, change: change.kind, status, reason, hint, columns })
  }
}
