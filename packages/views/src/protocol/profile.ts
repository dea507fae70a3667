/** What the page of the profile shows. */
import type { Cell, Fact, TableVersion } from './cells.ts'
import type { TableParams } from './records.ts'

export type ProfileParams = TableParams

export interface ProfileFacts {
  readonly table: string
  readonly version: TableVersion
  /** Records that were read. */
  readonly records: number
  readonly facts: readonly Fact[]
  readonly columns: readonly ColumnProfile[]
  /** Changes a day, the oldest first; empty if unknown. */
  readonly activity: readonly { readonly day: string; readonly changes: number }[]
}

export interface ColumnProfile {
  readonly name: string
  readonly type: string
  /** Of the records that were read. */
  readonly filled: number
  readonly empty: number
  /** Number of different values; missing if unknown. */
  readonly distinct?: number
  readonly isDistinctEstimated?: boolean
  /** The most frequent values. */
  readonly top: readonly { readonly value: Cell; readonly count: number }[]
  readonly histogram: readonly { readonly label: string; readonly count: number }[]
  /** Such as `['median', '12']`. */
  readonly facts: readonly Fact[]
  /** Values that look wrong, such as spaces at the end. */
  readonly suspicious: readonly {
    readonly reason: string
    readonly count: number
    readonly examples: readonly Cell[]
  }[]
}

/** Groups with a number for each, drawn as bars. */
export interface GroupsFacts {
  readonly title: string
  readonly facts: readonly Fact[]
  readonly columns: readonly string[]
  readonly measures: readonly string[]
  readonly groups: readonly {
    readonly labels: readonly Cell[]
    readonly values: readonly Cell[]
  }[]
}
