/** Reads times and durations of the command line. */
import { parseDuration } from '@chatlayer-tables/local/duration'
import { InvalidArgumentError } from 'commander'

/** Reads `90m`, `12h`, `30d` or `2w`. @returns milliseconds */
export function parseSpan(text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw new InvalidArgumentError('Use a duration such as 90m, 12h, 30d or 2w.')
}

/**
 * Reads a date, a date and time (in this machine's time zone unless it has one), or a duration before
 * now. @returns milliseconds since 1970
 */
export function parseTime(text: string, now = Date.now()): number {
  const age = parseDuration(text)
  if (age !== undefined) return now - age
  // Date.parse reads a date without a time as UTC.
  const at = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text)
  if (!Number.isNaN(at) && /^\d{4}-/.test(text)) return at
  throw new InvalidArgumentError('Use a time such as 2026-05-01, 2026-05-01T12:30 or 2d.')
}
