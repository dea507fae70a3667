/** The shape of a text: what can be said of it without saying what it is. */

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const HEX = /^(?=.*[a-f])[0-9a-f]{16,64}$/i
const INTEGER = /^-?\d{1,100}$/
const DECIMAL = /^-?\d{1,100}\.(\d{1,100})$/
const DATE = /^\d{4}-\d\d-\d\d$/
const TIME = /^(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d(?::?\d\d)?)?$/
const SPECIAL = /^(?:|null|true|false|NaN|-?Infinity)$/

/** `plain` texts are words that any gateway uses; they stay as they are. */
export type TextKind = 'plain' | 'uuid' | 'hex' | 'integer' | 'decimal' | 'date' | 'time' | 'text'

export function textKind(text: string): TextKind {
  if (SPECIAL.test(text)) return 'plain'
  if (UUID.test(text)) return 'uuid'
  if (INTEGER.test(text)) return 'integer'
  if (HEX.test(text)) return 'hex'
  if (DECIMAL.test(text)) return 'decimal'
  if (DATE.test(text) && isDate(text)) return 'date'
  if (TIME.test(text) && isDate(text.slice(0, 10))) return 'time'
  return 'text'
}

function isDate(text: string): boolean {
  return !Number.isNaN(Date.parse(`${text}T00:00:00Z`))
}

/** Compares two texts of a kind by what they mean, as far as the kind has an order. */
export function compareTexts(kind: TextKind, a: string, b: string): number {
  switch (kind) {
    case 'integer':
      return compare(BigInt(a), BigInt(b))
    case 'decimal':
      return compare(Number(a), Number(b))
    case 'date':
      return compare(a, b)
    case 'time':
      return compare(instant(a), instant(b))
    default:
      return compare(a.toLowerCase(), b.toLowerCase())
  }
}

function compare<T extends string | number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Microseconds and more, as text of one length. */
function instant(text: string): string {
  const [, date, , time, fraction = '', zone = 'Z'] = TIME.exec(text) ?? []
  const offset = /^[+-]\d\d$/.test(zone)
    ? `${zone}:00`
    : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')
  const parsed = Date.parse(`${date}T${time}${offset}`)
  const seconds = Number.isNaN(parsed) ? 0 : parsed / 1000
  return String(seconds + 1e12).padStart(16, '0') + fraction.padEnd(9, '0')
}

const MAX_SHOWN_LENGTH = 200
const DAY_MS = 86_400_000

/** The text that replaces the `rank`-th text of its kind; it has the same form, and is of that kind. */
export function replacement(kind: TextKind, text: string, rank: number): string {
  switch (kind) {
    case 'plain':
      return text
    case 'uuid':
      return `00000000-0000-4000-8000-${String(rank).padStart(12, '0')}`
    case 'hex':
      return `a${String(rank).padStart(text.length - 1, '0')}`
    case 'integer':
      return String(rank)
    case 'decimal':
      return `${rank}.${'0'.repeat(Math.min(DECIMAL.exec(text)?.[1]?.length ?? 1, 20))}`
    case 'date':
      return day(rank)
    case 'time':
      return time(text, rank)
    case 'text': {
      const { length } = text
      return `text-${rank}/${length > MAX_SHOWN_LENGTH ? `${MAX_SHOWN_LENGTH}+` : length}`
    }
  }
}

function day(rank: number): string {
  return new Date(Date.UTC(2001, 0, 1) + (rank % 1_000_000) * DAY_MS).toISOString().slice(0, 10)
}

/** Keeps the number of digits of a second, how many of them are zeros at the end, and the zone's form. */
function time(text: string, rank: number): string {
  const [, , separator, , fraction = '', zone = ''] = TIME.exec(text) ?? []
  const digits = fraction.replace(/0+$/, '').length
  const shown = fraction === '' ? '' : `.${'1'.repeat(digits).padEnd(fraction.length, '0')}`
  const isUtc = zone === '' || zone === 'Z' || /^[+-]00(?::?00)?$/.test(zone)
  const offset = isUtc ? zone : `+01${zone.slice(3).replace(/\d/g, '0')}`
  return `${day(rank)}${separator}12:34:56${shown}${offset}`
}

/** The type and shape of any JSON value, in words. */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'string') {
    const kind = textKind(value)
    if (kind === 'plain') return value === '' ? 'empty text' : 'text'
    return kind === 'text' ? 'text' : `text: ${kind}`
  }
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  if (Array.isArray(value))
    return value.length === 0 ? 'empty list' : `list of ${describe(value[0])}`
  return typeof value
}
