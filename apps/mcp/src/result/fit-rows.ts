import { stringifyJson } from '@chatlayer-tables/core'
import { MAX_TOKENS } from '../tools/fields.ts'
import { CELL_LENGTH, MIN_CELL_LENGTH, shortCell } from './cells.ts'
import { writeCursor } from './cursor.ts'
import { largestSize } from './fit-result.ts'
import { joinSentences } from './sentences.ts'
import { ToolError } from './tool-error.ts'

type Rows = readonly (readonly unknown[])[]

/** A page of rows before it is cut to its budget. */
interface Page<Facts> {
  readonly maxTokens: number
  readonly format: keyof typeof CELL_LENGTH
  /** Long cells are shown starting at this character. */
  readonly from: number
  /** The other fields of the result. */
  readonly facts: Facts
  /** Sentences for the notice. */
  readonly remark?: string | undefined
  readonly columns: readonly string[]
  /** Whether the caller named the columns: a single one of a single row is then shown as far as it fits. */
  readonly isSelected: boolean
  readonly rows: Rows
  /** The number of rows on earlier pages, and on all pages. */
  readonly offset: number
  readonly total: number
  /** What the cursor of the next page belongs to. */
  readonly query: unknown
  /** The subject of an error about the first row, if it does not fit. */
  readonly firstRow: string
}

/** The rows that fit, with the columns and counts of the result. */
export interface FittedRows {
  readonly notice: string | undefined
  readonly columns: string[]
  readonly rows: unknown[][]
  readonly returned: number
  readonly total: number
  readonly truncated: boolean
  readonly next_cursor?: string
}

/**
 * As many whole rows as fit. If not even one fits, cells are shortened further until one does. A single
 * cell, and cells that are shown from a later character on, are cut only by the budget.
 *
 * @throws ToolError if a row has too many columns to fit
 */
export async function fitRows<Facts extends Readonly<Record<string, unknown>>>(
  page: Page<Facts>,
): Promise<Facts & FittedRows> {
  const { maxTokens, columns, rows, format, from, isSelected } = page
  const isOnlyCell =
    isSelected && rows.length === 1 && columns.filter((name) => name !== 'id').length === 1
  const length = isOnlyCell || from > 0 ? Number.MAX_SAFE_INTEGER : CELL_LENGTH[format]
  const short = leading(rows, length, from, maxTokens)
  const shown = await largestSize(maxTokens, {
    min: 0,
    max: short.length,
    render: (size) => rendered(page, short.slice(0, size), length),
  })
  if (shown === undefined) throw tooLarge(page)
  if (shown > 0 || rows.length === 0) return rendered(page, short.slice(0, shown), length)
  const first = rows.slice(0, 1)
  const one = (size: number) => rendered(page, leading(first, size, from, maxTokens), size)
  const longest = Math.min(length, maxTokens * MAX_CHARACTERS)
  const sizes = { min: MIN_CELL_LENGTH, max: longest, render: one }
  const fitting = await largestSize(maxTokens, sizes)
  if (fitting === undefined) throw tooLarge(page)
  return one(fitting)
}

/** No result has more characters per token. */
const MAX_CHARACTERS = 40

interface ShortRow {
  readonly cells: unknown[]
  readonly isCut: boolean
}

/** The leading rows that could fit, at least one, with long cells cut. */
function leading(rows: Rows, length: number, from: number, maxTokens: number): ShortRow[] {
  const short: ShortRow[] = []
  let characters = 0
  for (const row of rows) {
    const cells = row.map((value) => shortCell(value, length, from))
    short.push({ cells: cells.map(({ value }) => value), isCut: cells.some(({ isCut }) => isCut) })
    characters += stringifyJson(cells.map(({ value }) => value)).length
    if (characters > maxTokens * MAX_CHARACTERS) break
  }
  return short
}

function rendered<Facts>(
  { facts, remark, columns, rows, offset, total, query, from, maxTokens }: Page<Facts>,
  short: readonly ShortRow[],
  length: number,
): Facts & FittedRows {
  const returned = short.length
  const next = offset + returned
  const truncated = rows.length > 0 && next < total
  const notice = joinSentences(
    remark,
    returned < rows.length
      ? `${returned} of ${rows.length} rows fit into max_tokens; next_cursor continues. Select fewer columns to fit more rows.`
      : undefined,
    short.some(({ isCut }) => isCut) ? restNotice(from + length, maxTokens) : undefined,
    from > 0 ? `Text starts at character ${from}.` : undefined,
  )
  return {
    notice,
    ...facts,
    columns: [...columns],
    rows: short.map(({ cells }) => cells),
    returned,
    total,
    truncated,
    ...(truncated ? { next_cursor: writeCursor(next, query) } : {}),
  }
}

/** How to read the rest of long cells. */
function restNotice(from: number, maxTokens: number): string {
  const more = maxTokens < MAX_TOKENS ? ` and max_tokens up to ${MAX_TOKENS}` : ''
  return `Cells that end in …[+N] have N more characters; to read them, select only that cell, with cell_from: ${from}${more}.`
}

function tooLarge({ firstRow }: Page<unknown>): ToolError {
  return new ToolError('ANSWER_TOO_LARGE', `${firstRow} does not fit into max_tokens.`, {
    field: 'max_tokens',
    hint: `Select fewer columns, or raise max_tokens (at most ${MAX_TOKENS}).`,
  })
}
