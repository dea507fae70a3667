/** Units, each used below its limit. */
const UNITS: readonly (readonly [name: string, ms: number, limit: number])[] = [
  ['ms', 1, 1_000],
  ['s', 1_000, 120],
  ['min', 60_000, 60],
  ['h', 3_600_000, 48],
  ['days', 86_400_000, Number.POSITIVE_INFINITY],
]

/** A duration in milliseconds, rounded to a sensible unit for a message: `1.2 s`, `5 min`. */
export function formatDuration(ms: number): string {
  for (const [name, size, limit] of UNITS) {
    const count = Math.max(0, ms) / size
    const digits = name === 'ms' || count >= 9.95 ? 0 : 1
    const rounded = Number(count.toFixed(digits))
    if (rounded < limit) return `${rounded} ${name}`
  }
  return 'forever'
}
