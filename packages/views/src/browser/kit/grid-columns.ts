/** Columns of a grid, and how wide they are. */

export interface GridColumn<Row> {
  readonly key: string
  readonly title: string
  /** As the table defines it; numbers are aligned at the end. */
  readonly type?: string
  /** Smallest width in pixels (default: by title and first rows). */
  readonly width?: number
  readonly canSort?: boolean
  render(row: Row): Node | string
  className?(row: Row): string
}

const NUMBER_TYPES = new Set(['number', 'integer', 'int', 'float', 'decimal', 'bigint'])

export function isNumberType(type: string | undefined): boolean {
  return type !== undefined && NUMBER_TYPES.has(type)
}

const MIN_WIDTH = 56
const MAX_WIDTH = 320
const CHARACTER = 7.2
const PADDING = 30
export const TICK_WIDTH = 34

/** The width that shows the title and most of the first rows. */
export function columnWidth<Row>(column: GridColumn<Row>, samples: readonly Row[]): number {
  if (column.width !== undefined) return column.width
  const lengths = samples.map((row) => {
    const content = column.render(row)
    return typeof content === 'string' ? content.length : (content.textContent ?? '').length
  })
  const longest = Math.max(column.title.length + 1, ...lengths)
  return Math.round(Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, longest * CHARACTER + PADDING)))
}
