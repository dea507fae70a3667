import {
  CHANGE_KINDS,
  type ChangedTable,
  type ChangeRow,
  type ChangesFacts,
} from '../../protocol/changes.ts'
import type { Host } from '../host/host.ts'
import { type ChangeFilter, changeFilter, NO_FILTER } from './rules/change-filter.ts'
import { SummaryCounter } from './rules/column-summary.ts'
import { tellingColumn } from './rules/telling-column.ts'
import { Ticks, tickedRows } from './rules/ticks.ts'

/** The changes of one table, as far as they are loaded. */
export interface ChangeSet {
  readonly table: ChangedTable
  readonly rows: ChangeRow[]
  readonly summary: SummaryCounter
  readonly ticks: Ticks
  /** The column that names records. */
  telling: number | undefined
  state: 'waiting' | 'loading' | 'complete' | 'failed'
  /** Why loading failed. */
  problem: string
}

/** What a tick means: the record is approved, or it is undone. */
export type TickMode = 'approve' | 'undo' | 'none'

/** `rows`: more are loaded. `view`: another set, filter or choice of columns. `ticks`: rows are ticked. */
export type ModelEvent = 'rows' | 'view' | 'ticks'

/** What the page shows, and what the user has chosen. */
export class ChangesModel {
  readonly host: Host
  readonly facts: ChangesFacts
  readonly sets: readonly ChangeSet[]
  readonly tickMode: TickMode
  selected = 0
  filter: ChangeFilter = NO_FILTER
  showsAllColumns = false
  /** Loaded rows of the selected set that match the filter. */
  shown: readonly ChangeRow[] = []
  /** Whether ticks can no longer change, since a write has begun. */
  isLocked = false
  readonly #listeners: ((event: ModelEvent) => void)[] = []

  constructor(host: Host, facts: ChangesFacts) {
    this.host = host
    this.facts = facts
    this.tickMode = tickModeOf(host, facts)
    this.sets = facts.sets.map((table) => ({
      table,
      rows: [],
      summary: new SummaryCounter(),
      // Without ticks, all rows are approved.
      ticks: new Ticks(changeCount(table), this.tickMode !== 'undo'),
      telling: undefined,
      state: 'waiting',
      problem: '',
    }))
  }

  /** The selected set; `undefined` if nothing changes at all. */
  get set(): ChangeSet | undefined {
    return this.sets[this.selected]
  }

  get tickedCount(): number {
    return this.sets.reduce((sum, { ticks }) => sum + ticks.count, 0)
  }

  get totalCount(): number {
    return this.facts.sets.reduce((sum, table) => sum + changeCount(table), 0)
  }

  /** The ticked rows by set; nothing if all are ticked. */
  get ticked(): number[][] | undefined {
    return tickedRows(this.sets.map(({ ticks }) => ticks))
  }

  onChange(listener: (event: ModelEvent) => void): void {
    this.#listeners.push(listener)
  }

  addRows(set: ChangeSet, rows: readonly ChangeRow[]): void {
    for (const row of rows) set.rows.push(row)
    set.summary.add(rows)
    set.telling ??= tellingColumn(set.table.columns, set.rows)
    if (set !== this.set) return
    this.shown = [...this.shown, ...rows.filter(this.#matches(set))]
  }

  select(index: number): void {
    this.selected = index
    this.setFilter(NO_FILTER)
  }

  setFilter(filter: ChangeFilter): void {
    this.filter = filter
    const { set } = this
    this.shown = set?.rows.filter(this.#matches(set)) ?? []
    this.emit('view')
  }

  showAllColumns(all: boolean): void {
    this.showsAllColumns = all
    this.emit('view')
  }

  canTick(row: ChangeRow): boolean {
    if (this.isLocked || this.tickMode === 'none') return false
    return this.tickMode === 'approve' || (row.id !== undefined && row.state !== 'undone')
  }

  tick(rows: readonly ChangeRow[], isTicked: boolean): void {
    for (const row of rows) if (this.canTick(row)) this.set?.ticks.set(row.index, isTicked)
    this.emit('ticks')
  }

  emit(event: ModelEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  #matches(set: ChangeSet): (row: ChangeRow) => boolean {
    return changeFilter(this.filter, set.table.columns.length)
  }
}

/** Changes of the whole write, of which the host may have fewer rows. */
export function changeCount({ counts, rows }: ChangedTable): number {
  return Math.max(
    rows,
    CHANGE_KINDS.reduce((sum, kind) => sum + counts[kind], 0),
  )
}

function tickModeOf(host: Host, { review, undo }: ChangesFacts): TickMode {
  if (host.kind === 'file') return 'none'
  if (review !== undefined) return review.state === 'pending' && review.canTick ? 'approve' : 'none'
  return undo?.canUndoPart ? 'undo' : 'none'
}
