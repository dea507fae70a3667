/** Timestamps to the microsecond, as in PostgreSQL; a Date holds milliseconds only. */

const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)? ?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i

const MINUTE_MS = 60_000
/** PostgreSQL accepts zones up to 15:59 from UTC. */
const MAX_ZONE_HOURS = 15

export type TimestampReading =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string }

/**
 * Parses an ISO 8601 date or date-time (with `T` or a space) to its one canonical form: UTC,
 * `2024-01-31T09:30:00.000Z`, three fraction digits, or six when there are microseconds. Without a
 * zone the text is UTC; a date alone is its midnight. Canonical forms are equal exactly when the
 * instants are.
 */
export function readTimestamp(text: string): TimestampReading {
  if (isCanonical(text)) return { ok: true, text }
  const match = TIMESTAMP.exec(text)
  if (match === null) return refused('is not an ISO 8601 date-time such as 2024-01-31T09:30:00Z')
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((group) =>
    Number(match[group] ?? '0'),
  ) as [number, number, number, number, number, number]
  const fraction = (match[7] ?? '').replace(/(?<!0)0+$/, '')
  if (fraction.length > 6) return refused('has more than six fraction digits of a second')
  if (hour > 23 || minute > 59 || second > 59) return refused('has an invalid time of day')
  const zone = zoneMinutes(match[8])
  if (zone === undefined) return refused('has no valid zone')
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    return refused('has a day that does not exist')
  }
  const micros = fraction.padEnd(6, '0')
  date.setUTCHours(hour, minute, second, Number(micros.slice(0, 3)))
  const utc = new Date(date.getTime() - zone * MINUTE_MS)
  if (!inRange(year) || !inRange(utc.getUTCFullYear())) {
    return refused('is outside the years 0001 to 9999')
  }
  const iso = utc.toISOString()
  const below = micros.slice(3)
  return { ok: true, text: below === '000' ? iso : `${iso.slice(0, -1)}${below}Z` }
}

/**
 * Whether a text is in canonical form and certainly an instant; false for days that not every month
 * has, which are checked separately.
 */
function isCanonical(text: string): boolean {
  const match = CANONICAL.exec(text)
  return match !== null && match[1] !== '0000' && match[2] !== '000'
}

const CANONICAL =
  /^(\d{4})-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}(\d{3})?Z$/

/** {@link readTimestamp} for a Date. */
export function readDate(date: Date): TimestampReading {
  if (Number.isNaN(date.getTime())) return refused('is an invalid Date')
  if (!inRange(date.getUTCFullYear())) return refused('is outside the years 0001 to 9999')
  return { ok: true, text: date.toISOString() }
}

/** A text that sorts by code unit as the instants do; undefined when it is not a timestamp. */
export function timestampKey(text: string): string | undefined {
  const reading = readTimestamp(text)
  if (!reading.ok) return undefined
  return reading.text.length === 24 ? `${reading.text.slice(0, -1)}000Z` : reading.text
}

function zoneMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', ''))
  if (hours > MAX_ZONE_HOURS || minutes > 59) return undefined
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes)
}

function inRange(year: number): boolean {
  return year >= 1 && year <= 9999
}

function refused(reason: string): TimestampReading {
  return { ok: false, reason }
}
