/** What somebody may mean who has typed the beginning of a name. */
import type { Session } from '../session.ts'
import { visibleColumns, visibleTables } from './tables.ts'

/** Gives suggestions for what was typed so far; none where the tables cannot be read. */
export type Complete = (
  typed: string,
  context?: { readonly arguments?: Readonly<Record<string, string>> | undefined },
) => Promise<string[]>

/** A completion is waited for while somebody types. */
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

/** Who has typed the @ is asking for the version. */
function withVersions(typed: string, tables: readonly string[]): readonly string[] {
  if (!typed.includes('@')) return tables
  return tables.flatMap((table) => [`${table}@draft`, `${table}@live`])
}

/** Names that begin with what was typed, then those that hold it; letter case does not count. */
export function matching(typed: string, names: readonly string[]): string[] {
  const wanted = typed.toLowerCase()
  const places = names.map((name) => ({ name, at: name.toLowerCase().indexOf(wanted) }))
  return [...places.filter(({ at }) => at === 0), ...places.filter(({ at }) => at > 0)].map(
    ({ name }) => name,
  )
}

/** A completion is a help, and no place to tell of troubles. */
async function orNone<Item>(items: Promise<readonly Item[]>): Promise<readonly Item[]> {
  try {
    return await items
  } catch {
    return []
  }
}
