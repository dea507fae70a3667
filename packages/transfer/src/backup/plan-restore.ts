/** Plans a restore without writing. */
import { nearest, type Table, type Version } from '@chatlayer-tables/core'
import type { ArchivedTable } from './archive.ts'
import type { BackupClient } from './backup-types.ts'
import type { RecordsFacts } from './manifest.ts'
import { keyOf, matchTable, readMappings, targetOf } from './restore-targets.ts'
import type {
  RestoreChoice,
  RestoreMode,
  RestorePart,
  RestorePlan,
  RestoreProblem,
} from './restore-types.ts'
import type { VerifyReport } from './verify-backup.ts'

export interface PlanOptions {
  readonly client: BackupClient
  readonly file: string
  /** The result of verifying a backup without problems. */
  readonly verified: VerifyReport
  readonly choice: RestoreChoice
  readonly signal?: AbortSignal | undefined
}

/** One table of the backup in one version. */
interface Chosen {
  readonly archived: ArchivedTable
  readonly records: RecordsFacts
}

/**
 * Chooses what is restored and checks the definitions of all tables that would be written, and
 * whether they hold records. All problems are reported together.
 *
 * @throws ChatlayerError when the bot's tables cannot be read
 */
export async function planRestore(options: PlanOptions): Promise<RestorePlan> {
  const { client, file, verified, choice, signal } = options
  const { size, mtimeMs, sha256 } = verified
  const { chosen, problems } = choose(verified.tables, choice)
  const mapping = readMappings(choice.map ?? [], verified.tables)
  const tables = await client.tables.list({ signal })
  const plan = new Plan(options)
  plan.report([...problems, ...mapping.problems])
  for (const [archived, entries] of Map.groupBy(chosen, (entry) => entry.archived)) {
    const target = targetOf(archived, mapping.tables.get(archived), tables)
    if ('problem' in target) plan.problems.push(target.problem)
    else await plan.addTable(archived, entries, target.found, mapping.columns.get(archived))
  }
  plan.checkTargets()
  return {
    file,
    fingerprint: { size, mtimeMs, sha256 },
    parts: plan.parts,
    problems: plan.problems,
    notes: plan.notes,
  }
}

class Plan {
  readonly parts: RestorePart[] = []
  readonly problems: RestoreProblem[] = []
  readonly notes: string[] = []
  readonly #options: PlanOptions

  constructor(options: PlanOptions) {
    this.#options = options
  }

  report(problems: readonly RestoreProblem[]): void {
    for (const problem of problems) this.problems.push(problem)
  }

  async addTable(
    archived: ArchivedTable,
    entries: readonly Chosen[],
    target: Table,
    mapped: ReadonlyMap<string, string> | undefined,
  ): Promise<void> {
    const { mode, keys = [], into } = this.#options.choice
    const { columns, problems } = matchTable(archived, mapped, target)
    const { key, problems: keyProblems } = keyOf(archived, target, keys)
    this.report(mode === undefined ? problems : [...problems, ...keyProblems])
    if (mode === 'upsert' && key === undefined) {
      this.problems.push({
        table: archived.name,
        reason: 'it has no key',
        fix: 'Choose key columns for it.',
        situation: { code: 'RESTORE_KEY_NEEDED', data: { table: archived.name } },
      })
    }
    this.#noteAbsent(archived, target, columns)
    for (const { records } of entries) {
      const version = into ?? records.version
      await this.#addPart(archived, records, { target, version, columns, mode, key })
    }
  }

  async #addPart(
    { name }: ArchivedTable,
    facts: RecordsFacts,
    goal: {
      readonly target: Table
      readonly version: Version
      readonly columns: RestorePart['columns']
      readonly mode: RestoreMode | undefined
      readonly key: readonly string[] | undefined
    },
  ): Promise<void> {
    const { client, signal } = this.#options
    const { target, version, columns, mode, key } = goal
    const { id, columns: targetColumns } = target
    const before = await client.table(id, { version }).count(undefined, { signal })
    if (before > 0 && mode === undefined) {
      this.problems.push({
        table: name,
        reason: `"${target.name}" (${version}) holds ${before} ${before === 1 ? 'record' : 'records'}`,
        fix: 'Choose a mode: append keeps them, upsert changes those with the same key, replace deletes them.',
        situation: { code: 'RESTORE_MODE_NEEDED' },
      })
    }
    if (!facts.consistent) {
      this.notes.push(`"${name}" (${facts.version}) kept changing while it was backed up`)
    }
    if (facts.oddValues > 0) {
      this.notes.push(
        `"${name}" (${facts.version}) holds ${facts.oddValues} values of another type than their column, or of no column`,
      )
    }
    this.parts.push({
      from: { table: name, version: facts.version, path: facts.path },
      into: { id, name: target.name, columns: targetColumns },
      version,
      columns,
      records: facts.records,
      mode: mode ?? 'append',
      key: mode === 'append' ? undefined : key,
      before,
    })
  }

  /** Reports where two tables of the backup would be restored into one. */
  checkTargets(): void {
    const targets = Map.groupBy(this.parts, ({ into, version }) => `${version} ${into.id}`)
    for (const parts of targets.values()) {
      const [first, ...others] = parts
      if (first === undefined || others.length === 0) continue
      const sources = parts.map(({ from }) => `"${from.table}" (${from.version})`).join(' and ')
      this.problems.push({
        table: first.from.table,
        reason: `${sources} are both restored into "${first.into.name}" (${first.version})`,
        fix: 'Restore one of them, or map one to another table.',
      })
    }
  }

  #noteAbsent({ name }: ArchivedTable, target: Table, columns: RestorePart['columns']): void {
    const filled = new Set(columns.map(([, to]) => to))
    const absent = target.columns.filter((column) => !filled.has(column.name))
    if (absent.length === 0) return
    const names = absent.map((column) => `"${column.name}"`).join(', ')
    this.notes.push(`not in the backup of "${name}", so null in new records: ${names}`)
  }
}

/** The tables and versions that are wanted, in the backup's order. */
function choose(
  archived: readonly ArchivedTable[],
  { tables: choices, versions }: RestoreChoice,
): { chosen: Chosen[]; problems: RestoreProblem[] } {
  const problems: RestoreProblem[] = []
  const wanted = new Set<RecordsFacts>()
  const take = (table: ArchivedTable, version: Version | undefined): void => {
    const found = table.records.filter((records) =>
      version === undefined ? versions.includes(records.version) : records.version === version,
    )
    for (const records of found) wanted.add(records)
    if (found.length === 0 && choices !== undefined) {
      const held = table.records.map((records) => records.version).join(' and ') || 'no records'
      problems.push({
        table: table.name,
        reason: `the backup has no ${version ?? versions.join(' or ')} of it`,
        fix: `It has ${held}.`,
      })
    }
  }
  for (const table of choices === undefined ? archived : []) take(table, undefined)
  for (const { table: nameOrId, version } of choices ?? []) {
    const named = archived.filter(({ name }) => name === nameOrId)
    const found = named.length > 0 ? named : archived.filter(({ id }) => id === nameOrId)
    for (const table of found) take(table, version)
    if (found.length === 0) problems.push(notInBackup(nameOrId, archived))
  }
  const chosen = archived.flatMap((table) =>
    table.records.flatMap((records) => (wanted.has(records) ? [{ archived: table, records }] : [])),
  )
  if (chosen.length === 0 && problems.length === 0) {
    problems.push(noRecordsOf(versions, archived))
  }
  return { chosen, problems }
}

function noRecordsOf(
  versions: readonly Version[],
  archived: readonly ArchivedTable[],
): RestoreProblem {
  const held = archived.flatMap(({ records }) => records.map(({ version }) => version))
  const found = [...new Set(held)]
  const reason = `the backup holds no records of ${versions.join(' or ')}`
  if (found.length === 0) return { table: undefined, reason, fix: undefined }
  return {
    table: undefined,
    reason,
    fix: `It has records of ${found.join(' and ')}.`,
    situation: { code: 'RESTORE_VERSION_NOT_FOUND', data: { versions: found } },
  }
}

function notInBackup(name: string, archived: readonly ArchivedTable[]): RestoreProblem {
  const names = archived.map((table) => table.name)
  const near = nearest(name, names)
  return {
    table: name,
    reason: `the backup has no table "${name}"`,
    fix: near === undefined ? `Its tables: ${names.join(', ')}.` : `Did you mean "${near}"?`,
  }
}
