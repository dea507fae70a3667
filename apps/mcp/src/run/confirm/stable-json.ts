import { stringifyJson } from '@chatlayer-tables/core'

/** JSON that is the same for equal values whatever the order of their keys; what is undefined is left out. */
export function stableJson(value: unknown): string {
  return stringifyJson(sorted(value))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : sorted(item)))
  if (typeof value !== 'object' || value === null || 'rawJSON' in value) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
