/** Timestamps in text. */
import { isDay } from './calendar.ts'
import { type DateFormat, possibleFormats } from './date-format.ts'
import { readMonthDate } from './month-names.ts'
import type { Reading } from './numbers.ts'

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,](\d+))?)? ?(?:Z|UTC|GMT|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)?)?$/i

/** Digits after the second: PostgreSQL keeps microseconds. */
const MAX_FRACTION = 6

/**
 * Reads a timestamp in ISO 8601 (also with a space instead of the `T`, `UTC` instead of the `Z`), with
 * the English name of its month, or in the format that was set. No other form is read: `03/04/2024` is April in one
 * country and March in another.
 */
export function readTimestampText(text: string, format: DateFormat | undefined): Reading {
  const read = format?.read(text)
  if (read !== undefined) return { ok: true, text: read }
  // Text that looks like the format but has no valid day in it is not read as another day.
  const certain = format?.looksLike(text) === true ? undefined : readCertain(text)
  if (certain !== undefined) return certain
  if (format !== undefined) {
    return rejected(
      'is not in the date format that is set, nor an ISO 8601 date-time',
      'Fix the cell, or pass another --date-format.',
    )
  }
  return unread(text)
}

function readCertain(text: string): Reading | undefined {
  const match = ISO.exec(text)
  if (match === null || !isDay(Number(match[1]), Number(match[2]), Number(match[3]))) {
    const named = readMonthDate(text)
    return named === undefined ? undefined : { ok: true, text: named }
  }
  const zoned = text.replace(/ ?(?:UTC|GMT)$/i, 'Z')
  const fraction = match[4] ?? ''
  return { ok: true, text: fraction.length > MAX_FRACTION ? rounded(zoned, fraction) : zoned }
}

/** Rounds to microseconds, half up, as PostgreSQL does. */
function rounded(text: string, fraction: string): string {
  const [start = '', end = ''] = text.split(fraction, 2)
  const micros = Math.round(
    Number(`${fraction.slice(0, MAX_FRACTION)}.${fraction.slice(MAX_FRACTION)}`),
  )
  if (micros < 10 ** MAX_FRACTION) {
    return start + String(micros).padStart(MAX_FRACTION, '0') + end
  }
  const second = new Date(`${start.slice(0, -1).replace(' ', 'T')}Z`).getTime()
  return new Date(second + 1000).toISOString().slice(0, 19) + end
}

function unread(text: string): Reading {
  if (
    /^\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]m)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d*))?$/i.test(text)
  ) {
    return rejected(
      'is a time of day without a day',
      'Write the day too, or keep times of day in a text column.',
    )
  }
  const formats = possibleFormats(text)
  if (formats.length > 1) {
    return rejected(
      /^\d{1,2}[/.-]\d{1,2}[/.-]\d{4}/.test(text)
        ? 'could have the day or the month first'
        : 'could be more than one day',
      `Pass --date-format ${quoted(formats)}.`,
    )
  }
  return rejected(
    'is not an ISO 8601 date-time such as 2024-01-31 or 2024-01-31T09:30:00Z',
    formats.length === 1
      ? `Pass --date-format ${quoted(formats)} if all dates are written like this.`
      : 'Pass --date-format, such as "DD/MM/YYYY HH:mm", for another form.',
  )
}

function quoted(formats: readonly string[]): string {
  return formats.map((format) => `"${format}"`).join(' or ')
}

function rejected(reason: string, hint: string): Reading {
  return { ok: false, reason, hint }
}
