import { parseDuration } from '@chatlayer-tables/local'

/**
 * When a mirror is brought up to date: before every query, never, or when it is older than this, in
 * milliseconds.
 */
export type Freshness = 'always' | 'never' | number

/** `always`, `never`, or a duration such as `30s`, `5m`, `1h`; undefined for any other text. */
export function parseFreshness(text: string): Freshness | undefined {
  if (text === 'always' || text === 'never') return text
  return parseDuration(text)
}
