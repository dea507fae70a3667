/** Changes over time, with the days on which nothing changed. Pure. */

export interface DayChanges {
  /** Such as `2026-11-29`. */
  readonly day: string
  readonly changes: number
}

export interface Activity {
  readonly points: readonly DayChanges[]
  readonly total: number
  /** Whether each point is seven days instead of one. */
  readonly isWeekly: boolean
}

const DAY_MS = 86_400_000
/** More days are summed up to weeks. */
const MAX_DAYS = 92
/** Some ten years: a wrong date must not make a page of a million points. */
const MAX_SPAN_DAYS = 3_660

/** Fills gaps with 0. Days that are not dates are ignored. */
export function activityOf(days: readonly DayChanges[]): Activity {
  const byDay = new Map<number, number>()
  for (const { day, changes } of days) {
    const at = Date.parse(`${day.slice(0, 10)}T00:00:00Z`) / DAY_MS
    if (Number.isFinite(at)) byDay.set(at, (byDay.get(at) ?? 0) + changes)
  }
  const known = [...byDay.keys()].sort((a, b) => a - b)
  const last = known.at(-1)
  if (last === undefined) return { points: [], total: 0, isWeekly: false }
  const first = Math.max(known[0] ?? last, last - MAX_SPAN_DAYS + 1)
  const length = last - first + 1
  const size = length > MAX_DAYS ? 7 : 1
  // The last week is whole, so that it compares with the others.
  const start = last - Math.ceil(length / size) * size + 1
  const points = Array.from({ length: Math.ceil(length / size) }, (_, index) => ({
    day: new Date((start + index * size) * DAY_MS).toISOString().slice(0, 10),
    changes: sumOf(byDay, start + index * size, size),
  }))
  const total = points.reduce((sum, { changes }) => sum + changes, 0)
  return { points, total, isWeekly: size === 7 }
}

function sumOf(byDay: ReadonlyMap<number, number>, from: number, size: number): number {
  let sum = 0
  for (let day = from; day < from + size; day += 1) sum += byDay.get(day) ?? 0
  return sum
}
