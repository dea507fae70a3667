import { WriteFailedError } from '../errors.ts'
import type { Change, Problem, Values } from '../types.ts'

/** The totals of a bulk write, as data. */
export interface Totals<Row> {
  readonly total: number
  readonly ok: number
  readonly rejected: number
  readonly unknown: number
  readonly storedOtherwise: number
  readonly sentAgain: number
  readonly changes: Readonly<Record<Change, number>>
  readonly problems: readonly Problem<Row>[]
}

/** Totals of a bulk write: `total = ok + rejected + unknown`. */
export class Report<Row = Values> implements Totals<Row> {
  readonly total: number
  readonly ok: number
  readonly rejected: number
  readonly unknown: number
  /** Number of `ok` rows with a value that the gateway stored differently. */
  readonly storedOtherwise: number
  /** Number of `ok` rows that were sent more than once; see `sends` of an {@link Outcome}. */
  readonly sentAgain: number
  /** The `ok` rows by change. */
  readonly changes: Readonly<Record<Change, number>>
  /** Outcomes that are not `ok`: the first 10,000 of each kind. */
  readonly problems: readonly Problem<Row>[]

  /** @internal */
  constructor(totals: Totals<Row>) {
    this.total = totals.total
    this.ok = totals.ok
    this.rejected = totals.rejected
    this.unknown = totals.unknown
    this.storedOtherwise = totals.storedOtherwise
    this.sentAgain = totals.sentAgain
    this.changes = totals.changes
    this.problems = totals.problems
  }

  /**
   * The report itself, if every row is `ok`.
   *
   * @throws WriteFailedError with the number of failed rows, this report and the first problems
   */
  orThrow(): this {
    if (this.ok < this.total) throw new WriteFailedError(this)
    return this
  }
}
