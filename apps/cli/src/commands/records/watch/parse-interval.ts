/** Reads a time between two polls, or of a whole watch. */
import { InvalidArgumentError } from 'commander'

const MIN_MS = 100

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** `500ms`, `5s`, `2m`, `8h`, or a number of seconds; in milliseconds. */
export function parseInterval(text: string): number {
  const [, count, unit = 's'] = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text) ?? []
  const ms = Math.round(Number(count) * (UNITS[unit] ?? Number.NaN))
  if (ms >= MIN_MS) return ms
  throw new InvalidArgumentError('It takes a span such as 500ms, 5s or 2m, at least 100ms.')
}
