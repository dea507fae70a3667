/** Completion of names of tables and columns. */
import type { Session } from '../session.ts'
import { visibleColumns, visibleTables } from './tables.ts'

/** Returns suggestions for the typed text; none if the tables cannot be read. */
export type Complete = (
  typed: string,
  context?: { readonly arguments?: Readonly<Record<string, string>> | undefined },
) => Promise<string[]>

/** Users wait for a completion while they type. */
const MAX_WAIT_MS = 5_000

export function completeTable(session: Session): Complete {
  return async (typed) => {
    const signal = AbortSignal.timeout(MAX_WAIT_MS)
    const tables = await orNone(visibleTables(session, signal))
    return matching(
      typed,
      withVersions(
        typed,
        tables.map(({ reference }) => reference),
      ),
    )
  }
}

export function completeColumn(session: Session): Complete {
  return async (typed, context) => {
    const table = context?.arguments?.table
    if (table === undefined) return []
    const signal = AbortSignal.timeout(MAX_WAIT_MS)
    return matching(typed, await orNone(visibleColumns(session, table, signal)))
  }
}

/** Suggests versions once the text has an @. */
function withVersions(typed: string, tables: readonly string[]): readonly string[] {
  if (!typed.includes('@')) return tables
  return tables.flatMap((table) => [`${table}@draft`, `${table}@live`])
}

/** Names that start with the typed text, then names that contain it, ignoring case. */
export function matching(typed: string, names: readonly string[]): string[] {
  const wanted = typed.toLowerCase()
  const places = names.map((name) => ({ name, at: name.toLowerCase().indexOf(wanted) }))
  return [...places.filter(({ at }) => at === 0), ...places.filter(({ at }) => at > 0)].map(
    ({ name }) => name,
  )
}

/** Ignores errors: completion has no way to show them. */
async function orNone<Item>(items: Promise<readonly Item[]>): Promise<readonly Item[]> {
  try {
    return await items
  } catch {
    return []
  }
}
