/** Durations as users write them. */
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Some 30,000 years: a point in time this far from now is still a date. */
const MAX_MS = 1e15

/**
 * A duration such as `500ms`, `1.5s`, `90m`, `12h`, `30d` or `2w`.
 *
 * @returns milliseconds; undefined for any other text
 */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|[smhdw])$/.exec(text) ?? []
  const ms = Math.round(Number(count) * (UNIT_MS[unit] ?? Number.NaN))
  return ms <= MAX_MS ? ms : undefined
}
