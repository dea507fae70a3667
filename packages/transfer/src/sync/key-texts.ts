import { stringifyJson, type Value, type Values } from '@chatlayer-tables/core'

/** The values that name a record, as texts: those of the key, or all without one. */
export function keyTexts(
  values: Values,
  key: readonly string[] | undefined,
): Record<string, string | null> {
  const named = Object.entries(values)
    .filter(([name]) => key === undefined || key.includes(name))
    .map(([name, value]) => [name, shortText(value)] as const)
  return Object.fromEntries(named)
}

/** Longer values are cut where a record is named by them. */
const MAX_SHOWN = 100

function shortText(value: Value): string | null {
  if (value === null) return null
  const text = typeof value === 'string' ? value : stringifyJson(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text
}
