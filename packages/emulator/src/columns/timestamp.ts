/**
 * `timestamp`: ISO 8601 in the forms that PostgreSQL reads, stored in microseconds since 1970 UTC
 * and printed as ISO 8601 with Z. Rejected here although PostgreSQL accepts them: other date styles
 * ("Jan 8 1999"), named zones, `infinity`, `now`, and years outside 1 to 9999.
 */
import type { Dialect } from '@chatlayer-tables/contract'
import { type ColumnCodec, LiteralError, rejectLiteral, shorten, trimSpace } from './codec.ts'

const DATE = String.raw`(\d{4})-(\d{1,2})-(\d{1,2})`
const TIME = String.raw`(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?`
const ZONE = String.raw`([zZ]|[+-](?:\d{1,4}|\d{1,2}:\d{2}(?::\d{2})?))`
const LITERAL = new RegExp(`^${DATE}(?:(?:[tT]| +)${TIME})? *${ZONE}?$`)

const MICROS_PER_SECOND = 1_000_000n

/** Units in microseconds. */
const UNITS: Readonly<Record<Dialect['timestampPrecision'], bigint>> = {
  microseconds: 1n,
  milliseconds: 1_000n,
  seconds: MICROS_PER_SECOND,
}

/** Never negative, so that truncation is towards the past. */
function modulo(value: bigint, unit: bigint): bigint {
  return ((value % unit) + unit) % unit
}

export const timestampCodec: ColumnCodec = {
  keyed: false,
  parse(literal, dialect) {
    const match = LITERAL.exec(trimSpace(literal))
    if (match === null) rejectLiteral('timestamp', literal)
    const zone = match[8] === undefined ? 0 : zoneSeconds(match[8])
    const fraction = fractionMicros(match[7])
    const local = localSeconds(
      match.slice(1, 7).map((part) => Number(part ?? 0)),
      fraction,
    )
    if (zone === undefined || local === undefined) outOfRange(literal)
    const seconds = BigInt(local - (dialect.timestampZone === 'converted' ? zone : 0))
    const micros = seconds * MICROS_PER_SECOND + fraction
    if (!isPrintable(micros)) outOfRange(literal)
    return { value: micros, key: micros }
  },
  keep({ value }, dialect) {
    const micros = value as bigint
    const kept = micros - modulo(micros, UNITS[dialect.timestampPrecision])
    return { value: kept, key: kept }
  },
  write(value) {
    return `"${isoOfMicros(value as bigint)}"`
  },
}

/**
 * Whole seconds since 1970 of a date and time of day without a zone; undefined for an invalid date.
 * The fraction, in microseconds, is needed to check the end of the day.
 */
function localSeconds(parts: readonly number[], fraction: bigint): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
  const midnight = new Date(0)
  midnight.setUTCFullYear(year, month - 1, day)
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day || year === 0) {
    return undefined
  }
  // PostgreSQL reads 24:00:00 and a 60th second as the next moment.
  if (minute > 59 || second > 60) return undefined
  const ofDay = hour * 3600 + minute * 60 + second
  const isOver = ofDay > 86_400 || (ofDay === 86_400 && fraction > 0n)
  return hour > 24 || isOver ? undefined : midnight.getTime() / 1000 + ofDay
}

/** Microseconds of the digits after the point, rounded half to even, as in PostgreSQL. */
function fractionMicros(digits: string | undefined): bigint {
  if (!digits) return 0n
  const micros = Number(`0.${digits}`) * 1_000_000
  const below = Math.floor(micros)
  const isHalf = micros - below === 0.5
  return BigInt(isHalf ? below + (below % 2) : Math.round(micros))
}

/** Seconds east of UTC; undefined beyond PostgreSQL's limit (less than 16 hours). */
function zoneSeconds(zone: string): number | undefined {
  if (zone === 'z' || zone === 'Z') return 0
  const [first = '', minute, second = '0'] = zone.slice(1).split(':')
  const hours = Number(minute === undefined && first.length > 2 ? first.slice(0, -2) : first)
  const minutes = Number(minute ?? (first.length > 2 ? first.slice(-2) : 0))
  if (hours > 15 || minutes > 59 || Number(second) > 59) return undefined
  const size = hours * 3600 + minutes * 60 + Number(second)
  return zone.startsWith('-') ? -size : size
}

/** ISO 8601 with Z: milliseconds, or microseconds where there are any. */
export function isoOfMicros(micros: bigint): string {
  const millis = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n)
  const rest = micros - millis * 1000n
  const iso = new Date(Number(millis)).toISOString()
  return rest === 0n ? iso : iso.replace('Z', `${String(rest).padStart(3, '0')}Z`)
}

const FIRST = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1000n
const END = BigInt(Date.parse('9999-12-31T23:59:59Z') + 1000) * 1000n

function isPrintable(micros: bigint): boolean {
  return micros >= FIRST && micros < END
}

function outOfRange(literal: string): never {
  throw new LiteralError(`date/time field value out of range: ${shorten(literal)}`)
}
