/**
 * How old what a query reads may be: brought up to date before every query, never, or when it is
 * older than so many milliseconds.
 */
export type Freshness = 'always' | 'never' | number

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `always`, `never`, or an age such as `30s`, `5m`, `1h`; undefined for what is none of these. */
export function parseFreshness(text: string): Freshness | undefined {
  if (text === 'always' || text === 'never') return text
  const [, number, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * (UNITS[unit] ?? 1_000)
}
