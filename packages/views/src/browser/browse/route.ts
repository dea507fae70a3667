/** Where a user is on the page of tables, as the fragment of its address. Pure. */

export const TABS = ['records', 'journal', 'profile'] as const
export type Tab = (typeof TABS)[number]

export interface Route {
  /** Such as `stores@draft`. */
  readonly table: string
  readonly tab: Tab
}

export function fragmentOf({ table, tab }: Route): string {
  return `#/${encodeURIComponent(table)}/${tab}`
}

/** The route of a fragment; nothing if there is none, or no such table. */
export function routeOf(fragment: string, tables: readonly string[]): Route | undefined {
  const [, encoded, tab] = /^#\/([^/]+)\/(\w+)$/.exec(fragment) ?? []
  if (encoded === undefined) return undefined
  const table = tables.find((name) => encodeURIComponent(name) === encoded)
  if (table === undefined) return undefined
  return { table, tab: TABS.find((name) => name === tab) ?? 'records' }
}
