/** Reads numbers as people write them. It never guesses: text that could be two numbers is rejected. */

/** The character between the whole part and the fraction. */
export type DecimalMark = '.' | ','

export type Reading =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string; readonly hint: string }

const WHOLE = /^[+-]?\d+$/
/** Most numbers of most files. */
const WITH_POINT = /^[+-]?\d+\.\d+$/

/** Numbers without groups of thousands, perhaps with an exponent. */
const UNGROUPED: Readonly<Record<DecimalMark, RegExp>> = {
  '.': /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+)?$/,
  ',': /^([+-]?)(\d*)(?:,(\d*))?([eE][+-]?\d+)?$/,
}

/** Groups of three digits after the first, all separated by the same character, not the decimal mark. */
const GROUPED: Readonly<Record<DecimalMark, RegExp>> = {
  '.': /^([+-]?)([1-9]\d{0,2}(?:([,'’ \u00a0\u2009\u202f])\d{3})(?:\3\d{3})*)(?:\.(\d+))?$/,
  ',': /^([+-]?)([1-9]\d{0,2}(?:([.'’ \u00a0\u2009\u202f])\d{3})(?:\3\d{3})*)(?:,(\d+))?$/,
}

/** Seven characters at most: a sign aside, three digits, a mark and three digits. */
const ONE_GROUP = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/

/**
 * A number as the client takes it: digits, a `.` before the fraction, no grouping. Every digit is
 * kept, also zeros at the end.
 *
 * Thousands may be grouped by the mark that is not the decimal one, by spaces or by apostrophes, in
 * threes throughout. The default mark is a `.`, and `1,234` is rejected then: it is 1234 to some
 * people and 1.234 to others. A whole number may have a fraction of zeros, as programs write that hold
 * all numbers as doubles; `1.000` is rejected there too, being 1 or 1000. A whole number must not have
 * an exponent: a spreadsheet writes one when it drops digits.
 *
 * @param whole whether it must be an integer
 * @param asked the mark that the caller set, if any
 */
export function readNumber(text: string, whole: boolean, asked: DecimalMark | undefined): Reading {
  if (WHOLE.test(text)) return { ok: true, text }
  if (!whole && asked !== ',' && WITH_POINT.test(text)) return { ok: true, text }
  if (asked === undefined && ONE_GROUP.test(text) && (whole || text.includes(','))) {
    return whole ? readOneGroup(text) : rejectEither(text)
  }
  const mark = asked ?? '.'
  const plain = UNGROUPED[mark].exec(text)
  if (plain !== null && (plain[2] || plain[3])) {
    const [, sign = '', digits = '', fraction = '', exponent = ''] = plain
    if (whole && exponent !== '') return rejected('is not a whole number', EXPONENT_HINT)
    if (whole) return wholeNumber(sign, digits, fraction) ?? unread(text, mark, true)
    const point = fraction === '' ? '' : `.${fraction}`
    return { ok: true, text: `${sign}${digits || '0'}${point}${exponent}` }
  }
  const grouped = GROUPED[mark].exec(text)
  if (grouped === null) return unread(text, mark, whole)
  const [, sign = '', groups = '', separator = '', fraction = ''] = grouped
  const digits = groups.replaceAll(separator, '')
  if (whole) return wholeNumber(sign, digits, fraction) ?? unread(text, mark, true)
  return { ok: true, text: `${sign}${digits}${fraction === '' ? '' : `.${fraction}`}` }
}

const EXPONENT_HINT =
  'Write all its digits: an exponent may replace some of them. In a spreadsheet, format the column as a number without decimals.'

/** The whole number; undefined when the fraction is not zero. */
function wholeNumber(sign: string, digits: string, fraction: string): Reading | undefined {
  return /^0*$/.test(fraction) ? { ok: true, text: `${sign}${digits || '0'}` } : undefined
}

/** A whole number that is either grouped or has a fraction. */
function readOneGroup(text: string): Reading {
  // A fraction that is not zero leaves the grouped reading alone, but only if the mark is so.
  return text.includes('.') && !text.endsWith('.000') ? unread(text, '.', true) : rejectEither(text)
}

function rejectEither(text: string): Reading {
  const bare = text.replace(/^[+-]/, '')
  const [grouped, fraction] = [bare.replace(/[.,]/, ''), bare.replace(',', '.')]
  const mark = bare.includes(',') ? ',' : '.'
  return rejected(
    `could be ${grouped} or ${fraction}`,
    `Pass --decimal ${mark} if the ${mark === ',' ? 'comma' : 'point'} is the decimal mark, --decimal ${otherMark(mark)} if it groups thousands.`,
  )
}

/**
 * By which marks a text is a number: by one alone, or by each another number (`either`); undefined
 * where it is the same number by both, or none.
 */
export function marksOf(text: string): DecimalMark | 'either' | undefined {
  const [point, comma] = [readNumber(text, false, '.'), readNumber(text, false, ',')]
  if (point.ok && comma.ok) return point.text === comma.text ? undefined : 'either'
  if (point.ok) return '.'
  return comma.ok ? ',' : undefined
}

function otherMark(mark: DecimalMark): DecimalMark {
  return mark === '.' ? ',' : '.'
}

function unread(text: string, mark: DecimalMark, whole: boolean): Reading {
  const other = otherMark(mark)
  const reason = whole ? 'is not a whole number' : 'is not a number'
  const fitsOther = (UNGROUPED[other].test(text) || GROUPED[other].test(text)) && /\d/.test(text)
  if (fitsOther) {
    return rejected(reason, `Pass --decimal ${other} if numbers are written like this.`)
  }
  const hint = whole ? 'An int column takes digits only' : 'Write digits and one decimal mark only'
  return rejected(reason, `${hint}; leave the cell empty, or pass --null, for no value.`)
}

function rejected(reason: string, hint: string): Reading {
  return { ok: false, reason, hint }
}
