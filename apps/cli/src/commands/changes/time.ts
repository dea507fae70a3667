/** Points in time and spans as they are written on the command line. */
import { InvalidArgumentError } from 'commander'

const SPANS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** `90m`, `12h`, `30d`, `2w`; in milliseconds. */
export function parseSpan(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  const ms = Number(count) * (SPANS[unit] ?? Number.NaN)
  if (Number.isFinite(ms)) return ms
  throw new InvalidArgumentError('It takes a span such as 90m, 12h, 30d or 2w.')
}

/** A date, a date and time (of this machine's zone where none is said), or a span back from now. */
export function parseTime(text: string, now = Date.now()): number {
  if (/^\d+[mhdw]$/.test(text)) return now - parseSpan(text)
  // A date alone would be midnight in UTC.
  const at = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text)
  if (!Number.isNaN(at) && /^\d{4}-/.test(text)) return at
  throw new InvalidArgumentError('It takes a time such as 2026-05-01, 2026-05-01T12:30 or 2d.')
}
