/** Column widths that make the lines of a table fit a terminal. Pure. */

/** Record IDs and dates give way to data on a narrow terminal. */
export type ColumnKind = 'id' | 'time' | 'number' | 'text'

export interface ColumnNeed {
  /** Width of the widest measured cell, including the header. */
  readonly widest: number
  readonly kind: ColumnKind
  /** Width of IDs that are cut but still differ (default: they are not cut). */
  readonly short?: number | undefined
}

/** Spaces between two columns. */
export const GAP = 2
/** A text column is not cut below this width. */
const MIN_TEXT_WIDTH = 12

/** The width of each column; undefined if the column is omitted. */
export type Widths = readonly (number | undefined)[]

/**
 * Fits columns into `room`. In this order, as far as needed: IDs are shortened; text columns are cut,
 * widest first; IDs are omitted, then dates, then columns from the end. At least one column remains,
 * and the widths with their gaps are never more than the room.
 */
export function fitWidths(needs: readonly ColumnNeed[], room: number): Widths {
  const all = needs.map((need, index): Column => ({ ...need, index, widest: need.widest }))
  if (total(all.map(({ widest }) => widest)) <= room) return place(all, needs.length)
  const short = all.map((column) => ({ ...column, widest: column.short ?? column.widest }))
  let kept: readonly Column[] = short
  for (const omitted of ['id', 'time'] as const) {
    if (total(kept.map(least)) <= room) break
    const others = kept.filter(({ kind }) => kind !== omitted)
    if (others.length > 0) kept = others
  }
  while (kept.length > 1 && total(kept.map(least)) > room) kept = kept.slice(0, -1)
  return place(narrow(kept, room), needs.length)
}

interface Column extends ColumnNeed {
  readonly index: number
}

function least({ widest, kind }: Column): number {
  return kind === 'text' ? Math.min(widest, MIN_TEXT_WIDTH) : widest
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1)
}

function place(columns: readonly Column[], count: number): Widths {
  const widths = new Array<number | undefined>(count).fill(undefined)
  for (const { index, widest } of columns) widths[index] = widest
  return widths
}

/** Cuts text columns to one width, the largest that fits. */
function narrow(columns: readonly Column[], room: number): readonly Column[] {
  const [only] = columns
  if (only !== undefined && columns.length === 1) {
    return [{ ...only, widest: Math.min(only.widest, room) }]
  }
  const cutTo = (limit: number): Column[] =>
    columns.map((column) => ({
      ...column,
      widest: column.kind === 'text' ? Math.min(column.widest, limit) : column.widest,
    }))
  let limit = room
  while (limit > MIN_TEXT_WIDTH && total(cutTo(limit).map(({ widest }) => widest)) > room)
    limit -= 1
  return widen(cutTo(limit), columns, room)
}

/** Gives the spaces that one common width leaves to the first columns that were cut. */
function widen(cut: readonly Column[], columns: readonly Column[], room: number): Column[] {
  let spare = room - total(cut.map(({ widest }) => widest))
  return cut.map((column, position) => {
    const isCut = column.widest < (columns[position]?.widest ?? 0)
    if (!isCut || spare <= 0) return column
    spare -= 1
    return { ...column, widest: column.widest + 1 }
  })
}
