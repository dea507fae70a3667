/** Dates with the English name of a month, which have one meaning in any order. */
import { isDay, pad } from './calendar.ts'

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

/** How a month is written: in full, or by its first three letters. */
export function monthName(month: number, isShort: boolean): string {
  const name = MONTHS[month - 1] ?? ''
  return isShort ? name.slice(0, 3) : name
}

/** The number of a month by its name in full or its first three letters; 0 for other words. */
export function monthOfName(word: string): number {
  const name = word.toLowerCase()
  return (
    1 +
    MONTHS.findIndex((month) =>
      [month, month.slice(0, 3)].some((own) => own.toLowerCase() === name),
    )
  )
}

const DAY_FIRST = /^(\d{1,2})(?:([ -])([a-z]{3,9})\2|\.? ([a-z]{3,9}),? )(\d{4})/i
const MONTH_FIRST = /^([a-z]{3,9}) (\d{1,2}),? (\d{4})/i
const WEEKDAY = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? (?=.{8})/i
const TIME =
  /^(?:,? |T)(\d{1,2}):([0-5]\d)(?::([0-5]\d)(\.\d{1,6}0*)?)?(?: ?([ap])m)? ?(Z|UTC|GMT|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)?$/i

/**
 * The ISO 8601 form of a text such as `31-Jan-2024`, `Jan 31, 2024 9:30 PM` or
 * `Wed, 31 Jan 2024 09:30:00 GMT`; undefined for other text, and for a day that does not exist.
 */
export function readMonthDate(text: string): string | undefined {
  const rest = text.replace(WEEKDAY, '')
  const first = DAY_FIRST.exec(rest)
  const match = first ?? MONTH_FIRST.exec(rest)
  if (match === null) return undefined
  const [day, name, year] =
    first === null ? [match[2], match[1], match[3]] : [match[1], match[3] ?? match[4], match[5]]
  const month = monthOfName(name ?? '')
  if (!isDay(Number(year), month, Number(day))) return undefined
  const time = readTime(rest.slice(match[0].length))
  return time === undefined ? undefined : `${year}-${pad(month, 2)}-${pad(Number(day), 2)}${time}`
}

/** The time after a date, in ISO 8601; undefined for other text. */
function readTime(text: string): string | undefined {
  if (text === '') return ''
  const match = TIME.exec(text)
  if (match === null) return undefined
  const [, hours = '', minutes = '', seconds = '00', fraction = '', half, zone = ''] = match
  let hour = Number(hours)
  if (half === undefined ? hour > 23 : hour < 1 || hour > 12) return undefined
  if (half !== undefined) hour = (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
  return `T${pad(hour, 2)}:${minutes}:${seconds}${fraction}${zone.replace(/UTC|GMT/i, 'Z')}`
}
