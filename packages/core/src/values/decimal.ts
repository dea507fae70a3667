/** Exact decimals as text. Nothing here goes through a double. */

/** The value `(-1)^negative × 0.digits × 10^point`, `digits` without zeros at either end. */
export interface Decimal {
  readonly negative: boolean
  /** Significant digits; empty for zero. */
  readonly digits: string
  /** Digits before the decimal point; negative for leading zeros after it. */
  readonly point: number
}

const DECIMAL = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/

/** Limits of PostgreSQL's numeric: digits before the point, digits after it. */
const MAX_WHOLE = 131_072
const MAX_FRACTION = 16_383

/** Matches decimals that are in plain form, except zeros with a minus sign. */
const PLAIN = /^(?:-(?=[\d.]*[1-9]))?(?:0|[1-9]\d{0,99})(?:\.\d{1,99})?$/

/**
 * A decimal literal in plain form: no exponent, no plus sign, no needless leading zero; trailing
 * zeros are kept, since they carry the scale. Undefined when the text is not a decimal, or one that
 * numeric cannot store.
 */
export function plainDecimal(text: string): string | undefined {
  if (PLAIN.test(text)) return text
  const match = DECIMAL.exec(text)
  if (match === null) return undefined
  const whole = match[2] ?? ''
  const fraction = match[3] ?? match[4] ?? ''
  const exponent = Number(match[5] ?? '0')
  const digits = whole + fraction
  const point = whole.length + exponent
  if (point > MAX_WHOLE + digits.length || digits.length - point > MAX_FRACTION) return undefined
  const before = point > 0 ? digits.slice(0, point).padEnd(point, '0') : ''
  const after = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits
  const plainWhole = before.replace(/^0+/, '') || '0'
  if (plainWhole.length > MAX_WHOLE) return undefined
  const plain = after === '' ? plainWhole : `${plainWhole}.${after}`
  return match[1] === '-' && /[1-9]/.test(digits) ? `-${plain}` : plain
}

/** Whether two decimal literals are the same number; false when either is not a decimal. */
export function sameDecimal(a: string, b: string): boolean {
  return a === b || compareDecimals(a, b) === 0
}

/** Compares by value: negative, zero or positive; undefined when either text is not a decimal. */
export function compareDecimals(a: string, b: string): number | undefined {
  const left = readDecimal(a)
  const right = readDecimal(b)
  return left === undefined || right === undefined ? undefined : compareRead(left, right)
}

/** {@link compareDecimals} of parsed decimals. */
export function compareRead(left: Decimal, right: Decimal): number {
  if (left.negative !== right.negative) return left.negative ? -1 : 1
  const size = compareSizes(left, right)
  return left.negative ? 0 - size : size
}

function compareSizes(left: Decimal, right: Decimal): number {
  if (left.digits === '' || right.digits === '') return left.digits.length - right.digits.length
  if (left.point !== right.point) return left.point - right.point
  return left.digits < right.digits ? -1 : left.digits > right.digits ? 1 : 0
}

/** Parses a decimal literal for comparison; undefined when the text is not one. */
export function readDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text)
  if (match === null) return undefined
  const whole = match[2] ?? ''
  const all = whole + (match[3] ?? match[4] ?? '')
  const withoutLeading = all.replace(/^0+/, '')
  const digits = trimZerosAtEnd(withoutLeading)
  if (digits === '') return { negative: false, digits: '', point: 0 }
  const point = whole.length - (all.length - withoutLeading.length) + Number(match[5] ?? '0')
  return { negative: match[1] === '-', digits, point }
}

/** A loop, since `/0+$/` takes quadratic time on long runs of zeros. */
function trimZerosAtEnd(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === 48) end -= 1
  return digits.slice(0, end)
}
