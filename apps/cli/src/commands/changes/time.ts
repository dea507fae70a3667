/** Points in time and durations as they are written on the command line. */
import { parseDuration } from '@chatlayer-tables/local/duration'
import { InvalidArgumentError } from 'commander'

/** `90m`, `12h`, `30d`, `2w`; in milliseconds. */
export function parseSpan(text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw new InvalidArgumentError('Use a duration such as 90m, 12h, 30d or 2w.')
}

/** A date, a date and time (in this machine's time zone unless it has one), or a duration back from now. */
export function parseTime(text: string, now = Date.now()): number {
  const age = parseDuration(text)
  if (age !== undefined) return now - age
  // A date alone would be midnight in UTC.
  const at = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text)
  if (!Number.isNaN(at) && /^\d{4}-/.test(text)) return at
  throw new InvalidArgumentError('Use a time such as 2026-05-01, 2026-05-01T12:30 or 2d.')
}
