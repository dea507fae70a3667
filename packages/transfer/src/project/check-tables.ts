/** The checks of all tables of a project. */
import type { Mirrors } from '@chatlayer-tables/mirror'
import { type CheckedTable, evaluateChecks } from './checks.ts'
import type { NamedTable, OpenTables } from './open-project.ts'
import type { CheckResult } from './plan-types.ts'
import type { Project } from './project-types.ts'
import { Snapshot } from './snapshot.ts'

export interface CheckTablesInput {
  readonly project: Pick<Project, 'checks'>
  readonly mirrors: Mirrors
  readonly tables: OpenTables
  /** What tables will hold, by identity; others are read. Those that are read are added. */
  readonly results: Map<string, Snapshot>
  readonly on: CheckResult['on']
  /** Whether a table of checks is wanted, by its identity. */
  readonly isChosen: (identity: string) => boolean
  readonly signal: AbortSignal | undefined
}

/** @throws ProjectError for a check that is not a condition, ChatlayerError when a table cannot be read */
export async function checkProjectTables(input: CheckTablesInput): Promise<CheckResult[]> {
  const { project, mirrors, tables, results, on, isChosen, signal } = input
  const planned = new Set(results.keys())
  const found: CheckResult[] = []
  for (const { table, checks } of project.checks) {
    const named = await tables.table(table, 'read', checks[0]?.place)
    if (!isChosen(named.identity)) continue
    const others = neighbours(named, tables.all)
    const sql = checks.map((check) => check.sql.toLowerCase()).join('\n')
    const needed = others.filter(({ definition }) => sql.includes(definition.name.toLowerCase()))
    for (const each of [named, ...needed]) {
      if (results.has(each.identity)) continue
      results.set(each.identity, await Snapshot.read(each.handle, { signal }))
    }
    const [own, ...rest] = [named, ...needed].flatMap((each): CheckedTable[] => {
      const snapshot = results.get(each.identity)
      return snapshot === undefined ? [] : [checkedTable(each, snapshot)]
    })
    if (own === undefined) continue
    const isPlanned = on === 'planned' && planned.has(named.identity)
    found.push(
      ...(await evaluateChecks({
        ...{ mirrors, table, checks, signal, tables: [own, ...rest] },
        on: isPlanned ? 'planned' : 'live',
      })),
    )
  }
  return found
}

function checkedTable({ definition }: NamedTable, snapshot: Snapshot): CheckedTable {
  return {
    name: definition.name,
    columns: snapshot.rows.columns,
    rows: () => snapshot.rows.rows,
  }
}

/** Other tables of the same bot and version, once each. */
function neighbours(table: NamedTable, all: readonly NamedTable[]): NamedTable[] {
  const { origin, teamId, botId } = table.connection
  const alike = all.filter(({ connection, handle, identity }) => {
    const isSameBot =
      connection.origin === origin && connection.teamId === teamId && connection.botId === botId
    return isSameBot && handle.version === table.handle.version && identity !== table.identity
  })
  return [...new Map(alike.map((each) => [each.identity, each])).values()]
}
