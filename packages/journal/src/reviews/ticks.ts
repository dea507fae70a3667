/**
 * Ticked rows in a form of their own: by set, in order, each once.
 *
 * @returns undefined for rows that do not exist, or none at all
 */
export function checkedTicks(
  ticked: readonly (readonly number[])[],
  rowCounts: readonly number[],
): number[][] | undefined {
  if (ticked.length > rowCounts.length) return undefined
  const sets = rowCounts.map((count, set) => {
    const own = ticked[set] ?? []
    const isValid = own.every((row) => Number.isInteger(row) && row >= 0 && row < count)
    return isValid ? [...new Set(own)].sort((a, b) => a - b) : undefined
  })
  if (!sets.every((set) => set !== undefined)) return undefined
  return sets.some((set) => set.length > 0) ? sets : undefined
}

export function isEveryRow(ticks: readonly (readonly number[])[], rowCounts: readonly number[]) {
  return ticks.every((set, index) => set.length === rowCounts[index])
}
