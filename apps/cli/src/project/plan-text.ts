/** A plan as text: for a terminal, and before a question. */
import type { Column } from '@chatlayer-tables/core'
import type { Difference } from '@chatlayer-tables/transfer'
import {
  type ColumnDrift,
  type LimitResult,
  type PlannedChange,
  type PlannedSync,
  type ProjectPlan,
  placeText,
} from '@chatlayer-tables/transfer/project'
import type { Context } from '../context.ts'
import { writesText } from '../jobs/sync-output.ts'
import { DiffOutput } from '../output/diff-output.ts'
import { countOf } from '../output/preview-output.ts'
import { formatCount, plural } from '../output/progress.ts'
import { rich, styled } from '../output/styled.ts'
import type { Writer } from '../output/writer.ts'

export interface PlanTextOptions {
  /** Number of changes shown of each sync. */
  readonly examples: number
  /** The columns of a table with their types. */
  readonly columnsOf: (table: PlannedSync['table']) => readonly Column[] | undefined
}

export async function writePlan(
  writer: Writer,
  plan: ProjectPlan,
  options: PlanTextOptions,
): Promise<void> {
  for (const sync of plan.syncs) await writeSync(writer, sync, options)
  await writeDrift(writer, plan)
  await writeChecks(writer, plan)
  for (const { about, message, hint, allowance, place } of plan.blocked) {
    const at = place === undefined ? '' : ` (${placeText(place)})`
    await writer.write(rich`${styled('red', 'blocked')}: ${about}: ${message}${at}\n`)
    if (hint !== undefined) await writer.write(rich`  ${hint}\n`)
    if (allowance !== undefined) await writer.write(rich`  --allow ${allowance}\n`)
  }
  await writer.write(rich`${styled('bold', headline(plan))}\n`)
}

/** The plan in one sentence. */
export function headline({ status, syncs, blocked }: ProjectPlan): string {
  if (status === 'blocked') {
    return `Nothing will be written: ${plural(blocked.length, 'problem')}`
  }
  if (status === 'same') return `Nothing to do: ${plural(syncs.length, 'sync')} up to date`
  return `To do: ${writesOf({ syncs })}`
}

/** Such as `3 inserts and 1 update in stores@draft`. */
export function writesOf({ syncs }: Pick<ProjectPlan, 'syncs'>): string {
  const changed = syncs.filter((sync) => changesOf(sync) > 0)
  const all = changed.reduce(
    (sum, { counts }) => ({
      inserts: sum.inserts + counts.inserts,
      updates: sum.updates + counts.updates,
      deletes: sum.deletes + counts.deletes,
    }),
    { inserts: 0, updates: 0, deletes: 0 },
  )
  const tables = changed.length === 1 ? (changed[0]?.to ?? '') : `${changed.length} tables`
  return `${writesText({ ...all, extra: 0, same: 0 })} in ${tables}`
}

export function changesOf({ counts }: Pick<PlannedSync, 'counts'>): number {
  return counts.inserts + counts.updates + counts.deletes
}

async function writeSync(
  writer: Writer,
  sync: PlannedSync,
  { examples, columnsOf }: PlanTextOptions,
): Promise<void> {
  const { name, from, to, key, counts, notes } = sync
  const keyed = key === undefined ? '' : `, key ${key.join(', ')}`
  await writer.write(rich`${styled('bold', name)}: ${from} to ${to}${keyed}\n`)
  const columns =
    columnsOf(sync.table) ?? sync.columns.map((column) => ({ name: column, type: '' }))
  const compared = columns.filter((column) => sync.columns.includes(column.name))
  const output = new DiffOutput(writer, { columns: compared, key })
  const shown = sync.examples.slice(0, examples)
  for (const change of shown) await output.difference(asDifference(change))
  const rest = changesOf(sync) - shown.length
  if (rest > 0 && shown.length > 0) await writer.write(rich`  and ${formatCount(rest)} more\n`)
  const lines = [`${countsText(sync)}`, ...columnLines(sync), ...limitLines(sync)]
  if (counts.extra > 0) {
    lines.push(`${countOf(counts.extra)} not in the source kept (delete: true deletes these)`)
  }
  for (const line of [...lines, ...notes]) await writer.write(rich`  ${line}\n`)
  await writer.write('\n')
}

function countsText({ counts, recordsBefore, recordsAfter }: PlannedSync): string {
  const { inserts, updates, deletes, same } = counts
  if (inserts + updates + deletes === 0) return `nothing to do (${countOf(recordsBefore)})`
  const parts = [
    `${formatCount(inserts)} to insert`,
    `${formatCount(updates)} to update`,
    `${formatCount(deletes)} to delete`,
    `${formatCount(same)} unchanged`,
  ]
  const records =
    recordsBefore === recordsAfter
      ? countOf(recordsBefore)
      : `${formatCount(recordsBefore)} to ${countOf(recordsAfter)}`
  return `${parts.join(', ')} (${records})`
}

/** Only if there are several updates: a single one is an example. */
function columnLines({ changedColumns, counts }: PlannedSync): string[] {
  const parts = Object.entries(changedColumns).map(
    ([name, count]) => `${name} ${formatCount(count)}`,
  )
  return counts.updates > 1 && parts.length > 0 ? [`columns that change: ${parts.join(', ')}`] : []
}

function limitLines({ limits }: PlannedSync): string[] {
  return limits.filter(({ exceeded, overridden }) => exceeded || overridden).map(limitText)
}

/** Such as `limit of deletes: 1, allowed 12 (10%)`. */
export function limitText({ limit, written, allowed, found, overridden }: LimitResult): string {
  const of = written.includes('%') ? ` (${written})` : ''
  const by = overridden === true ? ', by --allow' : ''
  return `limit of ${limit}: ${formatCount(found)}, allowed ${formatCount(allowed)}${of}${by}`
}

async function writeDrift(writer: Writer, { schema }: ProjectPlan): Promise<void> {
  for (const { table, drift } of schema) {
    for (const each of drift) {
      const text = `${table}: ${driftText(each)}${driftPlace(each)}`
      await writer.write(rich`${styled('red', 'drift')}: ${text}\n`)
    }
  }
}

/** Such as `column "hours" is text, expected jsonb`. */
export function driftText(drift: ColumnDrift): string {
  const column = `column "${drift.column}"`
  switch (drift.kind) {
    case 'missing': {
      const renamed = drift.renamed === undefined ? '' : `; is it "${drift.renamed}" now?`
      return `${column} (${drift.type}) is missing${renamed}`
    }
    case 'extra':
      return `${column} (${drift.type}) is not expected`
    case 'type':
      return `${column} is ${drift.type}, expected ${drift.expected}`
  }
}

/** Where a drifted column is expected, in parentheses. */
export function driftPlace({ place }: ColumnDrift): string {
  return place === undefined ? '' : ` (${place.file}:${place.line})`
}

async function writeChecks(writer: Writer, { checks }: ProjectPlan): Promise<void> {
  const failed = checks.filter(({ ok }) => !ok)
  for (const { table, sql, found } of failed) {
    const why = found === undefined ? '' : `: ${found}`
    await writer.write(rich`${styled('red', 'check failed')}: ${table}: ${sql}${why}\n`)
  }
  if (checks.length > 0 && failed.length === 0) {
    await writer.write(rich`${plural(checks.length, 'check')} passed\n`)
  }
}

/** A change as the difference that the table would show. */
function asDifference(change: PlannedChange): Difference {
  // Places are not shown.
  const place = { line: 0 }
  switch (change.change) {
    case 'insert':
      return { change: 'added', b: place, values: change.values }
    case 'delete':
      return { change: 'removed', a: place, values: change.values }
    case 'update': {
      const { key, before, after } = change
      return {
        change: 'changed',
        a: place,
        b: place,
        before: { ...key, ...before },
        after: { ...key, ...after },
        fields: Object.keys(after),
      }
    }
  }
}

/** Shows the plan before a question, or the part of it that is not shown elsewhere. */
export async function showPlan(
  { err, messages, json }: Pick<Context, 'err' | 'messages' | 'json'>,
  plan: ProjectPlan,
  options: PlanTextOptions,
): Promise<void> {
  // With --json, stderr is only for messages.
  if (json) await messages.note(headline(plan))
  else await writePlan(err, plan, options)
}
