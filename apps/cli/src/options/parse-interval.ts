/** Reads the interval between two polls, or the duration of a watch. */
import { parseDuration } from '@chatlayer-tables/local/duration'
import { InvalidArgumentError } from 'commander'

const MIN_MS = 100

/** Reads `500ms`, `5s`, `2m`, `8h`, or a number of seconds. @returns milliseconds */
export function parseInterval(text: string): number {
  const ms = parseDuration(/^[\d.]+$/.test(text) ? `${text}s` : text)
  if (ms !== undefined && ms >= MIN_MS) return ms
  throw new InvalidArgumentError('Use a duration such as 500ms, 5s or 2m, at least 100ms.')
}
