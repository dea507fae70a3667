/** Reads the number format of a cell: a date, a time, or a way to show a number. */

/** The kind of a formatted number: a day (perhaps with a time), a time without a day, or a number. */
export type NumberKind = 'date' | 'time' | 'number'

export interface NumberFormat {
  readonly kind: NumberKind
  /** The code, where cells show something other than their number's digits. */
  readonly code?: string | undefined
  /** Why the text that cells show cannot be determined. */
  readonly unknown?: string | undefined
  /** Whether an empty cell of this format marks a record without values, see {@link NULL_ROW_FORMAT}. */
  readonly marksRecord?: boolean
}

export const GENERAL: NumberFormat = { kind: 'number' }

/**
 * Shows every number as General does. An export gives it to the first cell of a record that has no
 * values: spreadsheet programs drop an empty row when they save, but keep a cell with a format.
 */
export const NULL_ROW_FORMAT = 'General;-General;"0";@'

/** The longest that Excel takes is 255 characters. */
const MAX_CODE = 1000

/**
 * @param id of a format; those below 164 are built in, ECMA-376 part 1, section 18.8.30
 * @param code the format itself, for those that are not
 */
export function numberFormat(id: number, code: string | undefined): NumberFormat {
  if (code === undefined) return BUILT_IN.get(id) ?? GENERAL
  if (code.length > MAX_CODE) return { kind: 'number', unknown: 'its number format is too long' }
  if (plainForm(code) === plainForm(NULL_ROW_FORMAT)) return { kind: 'number', marksRecord: true }
  const kind = numberKind(code)
  if (kind === 'number' && /^(?:General|@)?$/i.test(code.trim())) return GENERAL
  return { kind, code }
}

/** Programs write `\-`, `"-"` or `-` for the same. */
function plainForm(code: string): string {
  return code
    .replace(/"(.)"|\\(.)/g, (_, quoted, escaped) => `${quoted ?? escaped}'`)
    .replace(/-'/g, '-')
}

function numberKind(code: string): NumberKind {
  const [positive = ''] = code
    .replace(/\\.|"[^"]*"|[_*]./g, '')
    .replace(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '')
    .split(';')
  if (/[yd]/i.test(positive)) return 'date'
  // `m` is a minute next to hours or seconds, otherwise a month.
  if (/[hs]/i.test(positive)) return 'time'
  return /m/i.test(positive) ? 'date' : 'number'
}

/** Whether a format counts hours, minutes or seconds beyond a day. */
export function isElapsed(code: string | undefined): boolean {
  return code !== undefined && /\[(?:h+|m+|s+)\]/i.test(code)
}

const CURRENCY = 'its number format shows the currency of the machine that opens the file'

const CODES: Readonly<Record<number, string>> = {
  1: '0',
  2: '0.00',
  3: '#,##0',
  4: '#,##0.00',
  9: '0%',
  10: '0.00%',
  11: '0.00E+00',
  12: '# ?/?',
  13: '# ??/??',
  37: '#,##0 ;(#,##0)',
  38: '#,##0 ;[Red](#,##0)',
  39: '#,##0.00;(#,##0.00)',
  40: '#,##0.00;[Red](#,##0.00)',
  41: '_(* #,##0_);_(* \\(#,##0\\);_(* "-"_);_(@_)',
  43: '_(* #,##0.00_);_(* \\(#,##0.00\\);_(* "-"??_);_(@_)',
  48: '##0.0E+0',
}

const ELAPSED_HOURS = 46

const BUILT_IN: ReadonlyMap<number, NumberFormat> = new Map<number, NumberFormat>([
  ...Object.entries(CODES).map(([id, code]) => [Number(id), { kind: 'number', code }] as const),
  ...[5, 6, 7, 8, 42, 44].map((id) => [id, { kind: 'number', unknown: CURRENCY }] as const),
  ...[14, 15, 16, 17, 22].map((id) => [id, { kind: 'date' }] as const),
  ...[18, 19, 20, 21, 45, 47].map((id) => [id, { kind: 'time' }] as const),
  [ELAPSED_HOURS, { kind: 'time', code: '[h]:mm:ss' }],
  // East Asian programs use these.
  ...[27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map(
    (id) => [id, { kind: 'date' }] as const,
  ),
  ...[32, 33, 34, 35, 55, 56].map((id) => [id, { kind: 'time' }] as const),
])
