import { MAX_TOKENS } from '../tools/fields.ts'
import { joined } from '../write/preview.ts'
import { fitLists } from './budget.ts'
import { CELL_LENGTH, lengthsFrom, shortCell } from './cells.ts'
import { writeCursor } from './cursor.ts'
import { ToolError } from './tool-error.ts'

/** The rows of a page before it is cut to what there is room for. */
interface Page<Facts> {
  readonly maxTokens: number
  readonly format: keyof typeof CELL_LENGTH
  /** Long cells are shown from this character on. */
  readonly from: number
  /** What the answer holds beside its rows. */
  readonly facts: Facts
  /** What there is to say of it in any case. */
  readonly remark?: string | undefined
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
  readonly total: number
  /** What the first row without room is, at the start of a sentence. */
  readonly what: (index: number) => string
  /** How to read on in cells that were cut, of which the character at that place is the next. */
  readonly readOn: (from: number) => string
}

/** Stands for any cursor where room is reckoned. */
const CURSOR = writeCursor(Number.MAX_SAFE_INTEGER, '')

/**
 * As many whole rows as there is room for. Where not even one fits, its long cells are shortened
 * further, until it does.
 *
 * @throws ToolError when a row has too many columns for that
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
  what,
  readOn,
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
      joined(
        remark,
        shown < rows.length
          ? `Cut after ${shown} of ${rows.length} rows by max_tokens; next_cursor goes on. Fewer columns make room for more rows.`
          : undefined,
        isCut
          ? `Cells that end in …[+N] were cut, N characters more: ${readOn(from + length)}.`
          : undefined,
        from > 0 ? `Text is shown from character ${from} on.` : undefined,
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
  throw new ToolError('ANSWER_TOO_LARGE', `${what(0)} has no room within max_tokens.`, {
    field: 'max_tokens',
    hint: `Select fewer columns, or raise max_tokens (${MAX_TOKENS} at most); the row alone takes about ${overflow} tokens.`,
  })
}

/** How query_records reads on in a long cell. */
export function readOnByCell(from: number): string {
  return `select the column where id is the record's, with format "detailed" and cell_from: ${from}`
}
