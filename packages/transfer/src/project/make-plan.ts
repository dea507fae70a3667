/** Plans all syncs of a project before any of them writes. */
import { join } from 'node:path'
import { parseTableReference } from '@chatlayer-tables/core'
import { type Mirrors, openMirrors } from '@chatlayer-tables/mirror'
import { anyOf } from '../job/any-of.ts'
import { checkProjectTables } from './check-tables.ts'
import { driftText, findDrift } from './drift.ts'
import { type OpenSync, OpenTables, openSyncs } from './open-project.ts'
import { type PlannedPart, planPart } from './plan-part.ts'
import type {
  Blocker,
  CheckResult,
  PlanProjectOptions,
  ProjectPlan,
  TableDrift,
} from './plan-types.ts'
import { ProgressReport } from './progress.ts'
import type { Project } from './project-types.ts'
import type { Snapshot } from './snapshot.ts'

/** A plan with what it takes to carry it out. */
export interface MadePlan {
  readonly plan: ProjectPlan
  /** In the order of the plan. */
  readonly parts: readonly PlannedPart[]
  /** Open as long as the plan is used. */
  readonly tables: OpenTables
}

/** Number of examples of each kind of change. */
const EXAMPLES = 10

export type MakePlanOptions = PlanProjectOptions & {
  /** For writes, copies and temporary files; only the user may read it. */
  readonly folder: string
  /** Called with the tables that are written, before any is read. */
  readonly onOpen?: ((syncs: readonly OpenSync[]) => Promise<void>) | undefined
}

/**
 * Reads all sides and writes to no table. A sync that reads what another one writes is planned on what
 * that one will have written.
 *
 * @param use works with the plan while its tables are open
 * @throws as `planProject` does
 */
export async function withPlan<T>(
  options: MakePlanOptions,
  use: (made: MadePlan) => Promise<T>,
): Promise<T> {
  const { project, host, only, stop, signal, folder } = options
  const end = anyOf(stop, signal)
  await using tables = new OpenTables(host, project, end)
  const syncs = await openSyncs(tables, { project, only, allow: options.allow }, end)
  await options.onOpen?.(syncs)
  using mirrors = openMirrors({ folder: join(folder, 'sql') })
  const results = new Map<string, Snapshot>()
  let made: MadePlan
  try {
    const progress = new ProgressReport(options.onProgress, syncs.length)
    const schema = await findDrifts(tables, options, syncs)
    const parts = await planParts(options, { tables, syncs, mirrors, results, progress })
    progress.phase('checking')
    const checks = await checkProjectTables({
      ...{ project, mirrors, tables, results, signal: end, on: 'planned' },
      isChosen: chooser(options, syncs),
    })
    made = { plan: asPlan(options, parts, schema, checks), parts, tables }
  } finally {
    for (const snapshot of results.values()) snapshot[Symbol.dispose]()
  }
  return await use(made)
}

interface Planning {
  readonly tables: OpenTables
  readonly syncs: readonly OpenSync[]
  readonly mirrors: Mirrors
  /** What tables will hold, by identity, where that is needed. */
  readonly results: Map<string, Snapshot>
  readonly progress: ProgressReport
}

async function planParts(
  options: MakePlanOptions,
  { tables, syncs, mirrors, results, progress }: Planning,
): Promise<PlannedPart[]> {
  const { stop, signal, allow = [], examples = EXAMPLES } = options
  const read = new Set(syncs.map(({ sourceIdentity }) => sourceIdentity))
  const checked = await checkedIdentities(tables, options.project)
  const parts: PlannedPart[] = []
  for (const [index, sync] of syncs.entries()) {
    const { identity } = sync.target
    progress.sync(sync.spec.name, index + 1)
    const { part, result } = await planPart({
      ...{ sync, allow, examples, stop, signal },
      sourceAsPlanned:
        sync.sourceIdentity === undefined ? undefined : results.get(sync.sourceIdentity),
      keepsResult: read.has(identity) || checked.has(identity),
      folder: partFolder(options.folder, index),
      calculator: mirrors.calculator,
      onDifference: (...found) => options.onDifference?.(sync.spec.name, ...found),
      onRecords: (phase, records) => progress.records(phase, records),
    })
    parts.push(part)
    if (result !== undefined) results.set(identity, result)
  }
  return parts
}

/** The folder of a part in that of a plan or job. @param index from 0 */
export function partFolder(folder: string, index: number): string {
  return join(folder, 'parts', String(index + 1))
}

/** Tables that checks may read: all that the project names, where it has checks. */
async function checkedIdentities(tables: OpenTables, project: Project): Promise<Set<string>> {
  if (project.checks.length === 0) return new Set()
  const found = new Set<string>()
  for (const { table, checks } of project.checks) {
    const { identity } = await tables.table(table, 'read', checks[0]?.place)
    found.add(identity)
  }
  // A check may name other tables of the project.
  for (const { identity } of tables.all) found.add(identity)
  return found
}

/** With some of the syncs chosen, only tables that these read or write are checked. */
function chooser(
  { only }: MakePlanOptions,
  syncs: readonly OpenSync[],
): (identity: string) => boolean {
  if (only === undefined) return () => true
  const chosen = new Set(
    syncs.flatMap(({ target, sourceIdentity }) => [target.identity, sourceIdentity]),
  )
  return (identity) => chosen.has(identity)
}

async function findDrifts(
  tables: OpenTables,
  { project, only }: MakePlanOptions,
  syncs: readonly OpenSync[],
): Promise<TableDrift[]> {
  const drifts: TableDrift[] = []
  // The columns of a table are the same in both versions.
  const chosen = new Set(
    syncs.flatMap(({ target, spec }) => [target.definition.id, bare(spec.from.text)]),
  )
  for (const { table, columns, place } of project.schema) {
    const { definition } = await tables.table(table, 'read', place)
    const isChosen = chosen.has(definition.id) || chosen.has(definition.name)
    if (only !== undefined && !isChosen) continue
    drifts.push({ table, drift: findDrift(columns, definition.columns) })
  }
  return drifts
}

/** The name of a table, where a text is a reference to one. */
function bare(text: string): string {
  try {
    return parseTableReference(text).table
  } catch {
    return text
  }
}

function asPlan(
  { project, only }: MakePlanOptions,
  parts: readonly PlannedPart[],
  schema: readonly TableDrift[],
  checks: readonly CheckResult[],
): ProjectPlan {
  const blocked: Blocker[] = [
    ...schema.flatMap(({ table, drift }) => drift.map((each) => driftBlocker(table, each))),
    ...parts.flatMap(({ blockers }) => blockers),
    ...checks.filter(({ ok }) => !ok).map(checkBlocker),
  ]
  const isSame = parts.every(({ planned: { counts } }) => {
    return counts.inserts + counts.updates + counts.deletes === 0
  })
  const { file, overlay, digest } = project
  return {
    format: 1,
    createdAt: new Date().toISOString(),
    project: { file, overlay, digest, only },
    status: blocked.length > 0 ? 'blocked' : isSame ? 'same' : 'changes',
    syncs: parts.map(({ planned }) => planned),
    ...{ schema, checks, blocked },
  }
}

function driftBlocker(table: string, drift: TableDrift['drift'][number]): Blocker {
  return {
    ...{ kind: 'drift', about: table, message: driftText(table, drift), place: drift.place },
    hint: 'Change the table, or the schema in the file.',
  }
}

function checkBlocker({ table, sql, found, place }: CheckResult): Blocker {
  const message = `a check of "${table}" is broken: ${sql}${found === undefined ? '' : ` (${found})`}`
  return { kind: 'check', about: table, message, place }
}
