import { MAX_TOKENS } from '../tools/fields.ts'
import { fitLists } from './budget.ts'
import { CELL_LENGTH, lengthsFrom, shortCell } from './cells.ts'
import { writeCursor } from './cursor.ts'
import { joinSentences } from './sentences.ts'
import { ToolError } from './tool-error.ts'

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
  readonly rows: readonly (readonly unknown[])[]
  readonly total: number
  /** The subject of an error about a row that does not fit. */
  readonly describeRow: (index: number) => string
  /** How to read the rest of cut cells, starting at that character. */
  readonly readRest: (from: number) => string
}

/** The longest possible cursor, for the estimate. */
const CURSOR = writeCursor(Number.MAX_SAFE_INTEGER, '')

/**
 * As many whole rows as fit. If not even one fits, cells are shortened further until one does.
 *
 * @throws ToolError if a row has too many columns to fit
 */
export function fitRows<Facts extends Readonly<Record<string, unknown>>>({
  maxTokens,
  format,
  from,
  facts,
  remark,
  columns,
  rows,
  total,
  describeRow,
  readRest,
}: Page<Facts>) {
  let overflow: number | undefined
  for (const length of lengthsFrom(CELL_LENGTH[format])) {
    let isCut = false
    const short = rows.map((row) =>
      row.map((value) => {
        const cell = shortCell(value, length, from)
        isCut ||= cell.isCut
        return cell.value
      }),
    )
    const noticeOf = (shown: number): string | undefined =>
      joinSentences(
        remark,
        shown < rows.length
          ? `${shown} of ${rows.length} rows fit into max_tokens; next_cursor continues. Select fewer columns to fit more rows.`
          : undefined,
        isCut
          ? `Cells that end in …[+N] have N more characters; to read them, ${readRest(from + length)}.`
          : undefined,
        from > 0 ? `Text starts at character ${from}.` : undefined,
      )
    const counts = { returned: rows.length, total, truncated: false }
    const frame = { notice: noticeOf(0), ...facts, columns, ...counts, next_cursor: CURSOR }
    const room = fitLists(frame, { rows: short }, maxTokens)
    const fitted = room.lists.rows
    overflow = room.overflow.rows
    if (fitted.length > 0 || rows.length === 0) {
      const notice = noticeOf(fitted.length)
      return {
        notice,
        ...facts,
        columns: [...columns],
        rows: [...fitted],
        returned: fitted.length,
        total,
      }
    }
  }
  throw new ToolError('ANSWER_TOO_LARGE', `${describeRow(0)} does not fit into max_tokens.`, {
    field: 'max_tokens',
    hint: `Select fewer columns, or raise max_tokens (at most ${MAX_TOKENS}); the row takes about ${overflow} tokens.`,
  })
}

/** How to read the rest of a long cell with query_records. */
export function readRestByCell(from: number): string {
  return `select the column for the record's id, with format "detailed" and cell_from: ${from}`
}
