/** Numbers as people write them. Nothing is guessed: what could be two numbers is none. */

/** The character between the whole part and the fraction. */
export type DecimalMark = '.' | ','

export type Reading =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string; readonly hint: string }

const WHOLE = /^[+-]?\d+$/

/** Without groups of thousands, with an exponent perhaps. */
const UNGROUPED: Readonly<Record<DecimalMark, RegExp>> = {
  '.': /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+)?$/,
  ',': /^([+-]?)(\d*)(?:,(\d*))?([eE][+-]?\d+)?$/,
}

/** Groups of three behind the first, all parted by the same character, which is not the mark. */
const GROUPED: Readonly<Record<DecimalMark, RegExp>> = {
  '.': /^([+-]?)([1-9]\d{0,2}(?:([,'’ \u00a0\u2009\u202f])\d{3})(?:\3\d{3})*)(?:\.(\d+))?$/,
  ',': /^([+-]?)([1-9]\d{0,2}(?:([.'’ \u00a0\u2009\u202f])\d{3})(?:\3\d{3})*)(?:,(\d+))?$/,
}

/**
 * A number as the client takes it: digits, a `.` before the fraction, no grouping. Every digit is
 * kept, also zeros at the end.
 *
 * Thousands may be grouped by the mark that is not the decimal one, by spaces or by apostrophes, in
 * threes throughout. `1,234` with the mark `.` is refused: it is 1234 to some and 1.234 to others.
 *
 * @param whole whether it must be an integer
 */
export function readNumber(text: string, whole: boolean, mark: DecimalMark): Reading {
  if (WHOLE.test(text)) return { ok: true, text }
  const plain = UNGROUPED[mark].exec(text)
  if (plain !== null && (plain[2] || plain[3])) {
    const [, sign, digits = '', fraction, exponent = ''] = plain
    if (whole) return refused('is no whole number', 'An int column takes digits only.')
    const point = fraction === undefined || fraction === '' ? '' : `.${fraction}`
    return { ok: true, text: `${sign}${digits || '0'}${point}${exponent}` }
  }
  const grouped = GROUPED[mark].exec(text)
  if (grouped === null) return unread(text, mark, whole)
  const [, sign, groups = '', separator = '', fraction] = grouped
  if (mark === '.' && separator === ',' && fraction === undefined && groups.length <= 7) {
    return refused(
      `could be ${groups.replace(',', '')} or ${groups.replace(',', '.')}`,
      'Say --decimal , if the comma stands before the fraction; else write the number without it.',
    )
  }
  if (whole && fraction !== undefined) {
    return refused('is no whole number', 'An int column takes digits only.')
  }
  const digits = groups.replaceAll(separator, '')
  return { ok: true, text: `${sign}${digits}${fraction === undefined ? '' : `.${fraction}`}` }
}

function unread(text: string, mark: DecimalMark, whole: boolean): Reading {
  const other = mark === '.' ? ',' : '.'
  const reason = whole ? 'is no whole number' : 'is no number'
  const fitsOther = (UNGROUPED[other].test(text) || GROUPED[other].test(text)) && /\d/.test(text)
  if (fitsOther) {
    return refused(reason, `Say --decimal ${other} if numbers in this file are written so.`)
  }
  const hint = whole ? 'An int column takes digits only' : 'Write digits and one decimal mark only'
  return refused(reason, `${hint}; leave the cell empty, or say --null, for no value.`)
}

function refused(reason: string, hint: string): Reading {
  return { ok: false, reason, hint }
}
