/** `numeric`: exact decimals of any length, with the scale that was written, NaN and the infinities. */
import { type ColumnCodec, LiteralError, rejectLiteral, shorten, trimSpace } from './codec.ts'
import { parseInteger } from './int.ts'

const SPECIAL = /^(?:(nan)|([+-]?)inf(?:inity)?)$/i
const DIGITS = String.raw`\d(?:_?\d)*`
const DECIMAL = new RegExp(
  `^([+-]?)(?:(${DIGITS})(?:\\.(${DIGITS})?)?|\\.(${DIGITS}))(?:[eE]([+-]?${DIGITS}))?$`,
)

/** PostgreSQL's limits of a numeric without a declared precision. */
const MAX_WHOLE_DIGITS = 131072
const MAX_SCALE = 16383

export const numericCodec: ColumnCodec = {
  keyed: true,
  parse(literal) {
    const value = parseNumeric(literal)
    if (value === undefined) rejectLiteral('numeric', literal)
    return { value, key: numericKey(value) }
  },
  write(value, dialect) {
    const text = value as string
    return dialect.numericForm === 'number' && /\d/.test(text) ? text : `"${text}"`
  },
}

/**
 * A numeric literal as PostgreSQL prints it: without exponent, with its scale. Undefined for an
 * invalid literal.
 *
 * @throws LiteralError when the value is too long for PostgreSQL
 */
export function parseNumeric(literal: string): string | undefined {
  const text = trimSpace(literal)
  const special = SPECIAL.exec(text)
  if (special !== null) return special[1] ? 'NaN' : `${special[2] === '-' ? '-' : ''}Infinity`
  const match = DECIMAL.exec(text)
  if (match === null) return parseInteger(text)?.toString()
  const whole = clean(match[2])
  const fraction = clean(match[3] ?? match[4])
  const exponent = Number(clean(match[5] ?? '0'))
  if (Math.abs(exponent) >= 2 ** 30) tooLong(literal)
  const scale = Math.max(0, fraction.length - exponent)
  const digits = whole + fraction
  const isZero = /^0*$/.test(digits)
  const leading = isZero ? 0 : whole.length - digits.search(/[1-9]/) + exponent
  if (scale > MAX_SCALE || leading > MAX_WHOLE_DIGITS) tooLong(literal)
  return place(match[1] === '-' && !isZero, digits, isZero ? 1 : whole.length + exponent, scale)
}

/**
 * Sets the point after `point` digits (which may be outside them) and truncates or pads to `scale`.
 */
function place(negative: boolean, digits: string, point: number, scale: number): string {
  const padded = point > 0 ? digits.padEnd(point, '0') : '0'.repeat(1 - point) + digits
  const at = Math.max(point, 1)
  const whole = padded.slice(0, at).replace(/^0+(?=\d)/, '')
  const fraction = padded.slice(at).padEnd(scale, '0').slice(0, scale)
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

function clean(digits: string | undefined): string {
  return digits?.replaceAll('_', '') ?? ''
}

function tooLong(literal: string): never {
  throw new LiteralError(`value ${shorten(literal)} overflows numeric format`)
}

/**
 * A text that sorts, byte by byte, as the number does, with any scale: the class, then for numbers
 * the position of the first digit and the digits. For negative numbers both are complemented. It
 * ends in a special character, so that it can be part of a longer key.
 *
 * @param text as {@link parseNumeric} returns it
 */
export function numericKey(text: string): string {
  if (text === '-Infinity') return 'A'
  if (text === 'Infinity') return 'E'
  if (text === 'NaN') return 'F'
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  const digits = (match?.[2] ?? '') + (match?.[3] ?? '')
  const first = digits.search(/[1-9]/)
  if (first === -1) return 'C'
  const leading = (match?.[2] ?? '').length - first
  const significant = digits.slice(first).replace(/(?<!0)0+$/, '')
  const size = String(leading + 500_000).padStart(6, '0') + significant
  return match?.[1] === '-' ? `B${size.replace(/\d/g, complement)}~` : `D${size}!`
}

function complement(digit: string): string {
  return String(9 - Number(digit))
}
