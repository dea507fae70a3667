/** Timestamps in text. */
import { type DateFormat, isDay, possibleFormats } from './date-format.ts'
import type { Reading } from './numbers.ts'

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,6}0*)?)? ?(?:Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)?)?$/i

/** Whether a text is an ISO 8601 date or date-time; a space may stand for the `T`. */
function isIsoTimestamp(text: string): boolean {
  const match = ISO.exec(text)
  return match !== null && isDay(Number(match[1]), Number(match[2]), Number(match[3]))
}

/**
 * A timestamp in ISO 8601, read by the format that was said, or written in ISO 8601 already. No other
 * form is read: `03/04/2024` is April in one country and March in another.
 */
export function readTimestampText(text: string, format: DateFormat | undefined): Reading {
  const read = format?.read(text)
  if (read !== undefined) return { ok: true, text: read }
  // What looks like the format and names no day in it is not taken for another day.
  if (isIsoTimestamp(text) && format?.looksLike(text) !== true) return { ok: true, text }
  if (format !== undefined) {
    return refused(
      'is not in the date format that was said, nor an ISO 8601 date-time',
      'Mend the cell, or say another --date-format.',
    )
  }
  const formats = possibleFormats(text)
  if (formats.length === 2) {
    return refused('could have the day or the month first', `Say --date-format ${quoted(formats)}.`)
  }
  return refused(
    'is not an ISO 8601 date-time such as 2024-01-31 or 2024-01-31T09:30:00Z',
    formats.length === 1
      ? `Say --date-format ${quoted(formats)} if all dates are written so.`
      : 'Say --date-format, such as "DD/MM/YYYY HH:mm", for another form.',
  )
}

function quoted(formats: readonly string[]): string {
  return formats.map((format) => `"${format}"`).join(' or ')
}

function refused(reason: string, hint: string): Reading {
  return { ok: false, reason, hint }
}
