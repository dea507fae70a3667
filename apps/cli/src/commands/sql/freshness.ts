/** Reads the option `--fresh`. */
import type { Freshness } from '@chatlayer-tables/mirror'
import { InvalidArgumentError } from 'commander'

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export function parseFreshness(text: string): Freshness {
  if (text === 'always' || text === 'never') return text
  const [, number, unit = 's'] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  if (number !== undefined) return Number(number) * (UNITS[unit] ?? 1_000)
  throw new InvalidArgumentError('It takes always, never, or a time such as 30s, 5m or 1h.')
}
