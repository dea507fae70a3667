/**
 * Reads and writes dates in a format that the user sets, such as `DD/MM/YYYY` or `M/D/YYYY h:mm A`.
 *
 * | token | what |
 * | --- | --- |
 * | `YYYY` | year, four digits |
 * | `YY` | year, two digits: 00 to 69 are 2000 to 2069, 70 to 99 are 1970 to 1999 |
 * | `MM` `DD` | month, day: two digits |
 * | `M` `D` | month, day: one or two digits |
 * | `MMM` `MMMM` | month by its English name: `Jan`, `January`, in any letter case |
 * | `HH` `H` | hour, 0 to 23 |
 * | `hh` `h` with `A` | hour, 1 to 12, and `AM` or `PM` in any letter case |
 * | `mm` `ss` | minute, second: two digits |
 *
 * Other characters that are not letters stay as they are. The time is in UTC.
 */
import { InvalidInputError } from '@chatlayer-tables/core'
import { isDay, pad, yearOfTwoDigits } from './calendar.ts'
import { monthName, monthOfName } from './month-names.ts'

export interface DateFormat {
  /** The ISO 8601 form of a text in this format; undefined when it is in another, or names no day. */
  read(text: string): string | undefined
  /** Whether a text has the look of this format, also where it names no day. */
  looksLike(text: string): boolean
  /** A date in this format; undefined where the format would leave something of it out. */
  write(date: Date): string | undefined
}

type Part = 'year' | 'month' | 'day' | 'hour' | 'hour12' | 'half' | 'minute' | 'second'

interface Token {
  readonly part: Part
  readonly pattern: string
  /** How many digits its number has; 0 for a name. */
  readonly digits: number
}

const TOKENS: Readonly<Record<string, Token>> = {
  YYYY: { part: 'year', pattern: '\\d{4}', digits: 4 },
  YY: { part: 'year', pattern: '\\d\\d', digits: 2 },
  MMMM: { part: 'month', pattern: '[A-Za-z]{3,9}', digits: 0 },
  MMM: { part: 'month', pattern: '[A-Za-z]{3}', digits: 0 },
  MM: { part: 'month', pattern: '\\d\\d', digits: 2 },
  M: { part: 'month', pattern: '\\d{1,2}', digits: 1 },
  DD: { part: 'day', pattern: '\\d\\d', digits: 2 },
  D: { part: 'day', pattern: '\\d{1,2}', digits: 1 },
  HH: { part: 'hour', pattern: '\\d\\d', digits: 2 },
  H: { part: 'hour', pattern: '\\d{1,2}', digits: 1 },
  hh: { part: 'hour12', pattern: '\\d\\d', digits: 2 },
  h: { part: 'hour12', pattern: '\\d{1,2}', digits: 1 },
  A: { part: 'half', pattern: '[AaPp][Mm]', digits: 2 },
  mm: { part: 'minute', pattern: '\\d\\d', digits: 2 },
  ss: { part: 'second', pattern: '\\d\\d', digits: 2 },
}

const PIECE = /YYYY|YY|MMMM|MMM|MM?|DD?|HH?|hh?|mm|ss|A|[^A-Za-z]|./gsu

/** @throws InvalidInputError for a format that has no year, month and day, or something else amiss */
export function parseDateFormat(format: string): DateFormat {
  const pieces = format.match(PIECE) ?? []
  const tokens: Token[] = []
  let pattern = ''
  for (const piece of pieces) {
    const token = TOKENS[piece]
    if (token === undefined) {
      if (/[A-Za-z]/.test(piece)) throw badFormat(format, `"${piece}" is not a part of a date`)
      pattern += piece.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
      continue
    }
    tokens.push(token)
    pattern += `(${token.pattern})`
  }
  const problem = problemOf(tokens)
  if (problem !== undefined) throw badFormat(format, problem)
  const hasYearOfTwoDigits = tokens.some(({ part, digits }) => part === 'year' && digits === 2)
  const matcher = new RegExp(`^${pattern}$`)
  return {
    read: (text) => {
      const match = matcher.exec(text)
      if (match === null) return undefined
      return toIso(new Map(tokens.map(({ part }, index) => [part, match[index + 1] ?? ''])))
    },
    looksLike: (text) => matcher.test(text),
    write: (date) => {
      const parts = partsOf(date)
      const kept = new Set(tokens.map(({ part }) => part))
      if (!canHold(kept, date) || (hasYearOfTwoDigits && !hasTwoDigits(date))) return undefined
      return pieces
        .map((piece) => {
          const token = TOKENS[piece]
          return token === undefined ? piece : written(token, piece, parts)
        })
        .join('')
    },
  }
}

function problemOf(tokens: readonly Token[]): string | undefined {
  const parts = tokens.map(({ part }) => part)
  const has = (part: Part): boolean => parts.includes(part)
  if (new Set(parts).size < parts.length) return 'a part is repeated'
  if (!(has('year') && has('month') && has('day'))) return 'a year, a month or a day is missing'
  if (has('hour12') !== has('half')) return 'hh and A go together'
  if (has('hour') && has('hour12')) return 'it has the hour twice'
  const hour = has('hour') || has('hour12')
  if ((has('minute') && !hour) || (has('second') && !has('minute'))) {
    return 'it has a small unit of time without the larger ones'
  }
  return hour && !has('minute') ? 'it has an hour without minutes' : undefined
}

function badFormat(format: string, problem: string): InvalidInputError {
  return new InvalidInputError(`the date format "${format}" cannot be used: ${problem}`, {
    field: 'dateFormat',
    hint: 'Use YYYY or YY, MM, M or MMM (Jan), DD or D, and for times HH, mm, ss, or hh with A (AM/PM). Such as DD/MM/YYYY or M/D/YYYY h:mm A.',
  })
}

function toIso(parts: ReadonlyMap<Part, string>): string | undefined {
  const number = (part: Part): number => Number(parts.get(part) ?? 0)
  const year = yearOf(parts.get('year') ?? '')
  const [month, day] = [monthOf(parts.get('month') ?? ''), number('day')]
  const half = parts.get('half')?.toLowerCase()
  const hour12 = number('hour12')
  if (half !== undefined && (hour12 < 1 || hour12 > 12)) return undefined
  const hour = half === undefined ? number('hour') : (hour12 % 12) + (half === 'pm' ? 12 : 0)
  const [minute, second] = [number('minute'), number('second')]
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
  return parts.has('minute') ? `${date}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}` : date
}

function yearOf(text: string): number {
  return text.length === 2 ? yearOfTwoDigits(Number(text)) : Number(text)
}

function monthOf(text: string): number {
  return /^\d/.test(text) ? Number(text) : monthOfName(text)
}

function written({ part, digits }: Token, piece: string, parts: Record<Part, string>): string {
  if (piece === 'YY') return parts.year.slice(-2)
  if (part === 'month' && digits === 0) return monthName(Number(parts.month), piece === 'MMM')
  return parts[part].padStart(digits, '0')
}

/** Whether its year can be written with two digits. */
function hasTwoDigits(date: Date): boolean {
  const year = date.getUTCFullYear()
  return yearOfTwoDigits(year % 100) === year
}

function partsOf(date: Date): Record<Part, string> {
  const hour = date.getUTCHours()
  return {
    year: pad(date.getUTCFullYear(), 4),
    month: String(date.getUTCMonth() + 1),
    day: String(date.getUTCDate()),
    hour: String(hour),
    hour12: String(hour % 12 || 12),
    half: hour < 12 ? 'AM' : 'PM',
    minute: String(date.getUTCMinutes()),
    second: String(date.getUTCSeconds()),
  }
}

function canHold(kept: ReadonlySet<Part>, date: Date): boolean {
  if (date.getUTCMilliseconds() !== 0) return false
  if (!kept.has('second') && date.getUTCSeconds() !== 0) return false
  return kept.has('minute') || (date.getUTCMinutes() === 0 && date.getUTCHours() === 0)
}

const NUMERIC_DATE =
  /^(\d{4}|\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{1,2})(?:([ ,]+)(\d{1,2}):\d\d(:\d\d)?(?:( ?)[AaPp][Mm])?)?$/

/** Matches dates such as `31-Jan-24`. */
const SHORT_NAMED_DATE = /^(\d{1,2})([ -])[a-z]{3}\2\d\d$/i

/**
 * The formats that a text may be in, the day first, the month first, the year first; empty when it is in none, one when only that makes it a day.
 */
export function possibleFormats(text: string): string[] {
  const named = SHORT_NAMED_DATE.exec(text)
  if (named !== null) return [`${named[1]?.length === 1 ? 'D' : 'DD'}${named[2]}MMM${named[2]}YY`]
  const match = NUMERIC_DATE.exec(text)
  if (match === null) return []
  const [, first = '', mark = '', second = '', third = '', gap, hour = '', seconds, half] = match
  const days = (a: string, b: string) =>
    Math.min(a.length, b.length) === 1 ? ['D', 'M'] : ['DD', 'MM']
  const halfToken = half === undefined ? '' : `${half}A`
  const hourToken = (halfToken === '' ? 'HH' : 'hh').slice(0, hour.length)
  const time = gap === undefined ? '' : `${gap}${hourToken}:mm${seconds ? ':ss' : ''}${halfToken}`
  const [day, month] = days(first, second)
  const year = third.length === 4 ? 'YYYY' : 'YY'
  const [lastDay, lastMonth] = days(second, third)
  const yearFirst = first.length === 4 ? 'YYYY' : 'YY'
  return [
    [day, month, year],
    [month, day, year],
    [yearFirst, lastMonth, lastDay],
  ]
    .map((parts) => `${parts.join(mark)}${time}`)
    .filter((format) => parseDateFormat(format).read(text) !== undefined)
}
