/** Reads the option `--fresh`. */
import { parseDuration } from '@chatlayer-tables/local/duration'
import type { Freshness } from '@chatlayer-tables/mirror'
import { InvalidArgumentError } from 'commander'

export function parseFreshness(text: string): Freshness {
  if (text === 'always' || text === 'never') return text
  const age = parseDuration(text)
  if (age !== undefined) return age
  throw new InvalidArgumentError('Use always, never, or a duration such as 30s, 5m or 1h.')
}
