/** What one sync of a project comes to: its writes, kept in a folder, and how they are shown. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Column, Table, Values } from '@chatlayer-tables/core'
import { Turns } from '@chatlayer-tables/files'
import type { Calculator } from '@chatlayer-tables/mirror'
import type { CompareCounts, Difference, SideInput } from '../compare/compare-types.ts'
import { SPOOLED } from '../input/spool.ts'
import { planSync } from '../sync/plan-sync.ts'
import { PlannedWrites, WRITES } from '../sync/planned-writes.ts'
import { recordsBefore, type SyncFacts } from '../sync/sync-facts.ts'
import { sourceToReadTwice } from '../sync/sync-job.ts'
import type { SyncPlan, SyncSettings, SyncSource, SyncTarget } from '../sync/sync-types.ts'
import { SyncDigests } from './digests.ts'
import { checkLimits, limitBlockers } from './limits.ts'
import type { OpenSync } from './open-project.ts'
import type { Allowance, Blocker, PlannedChange, PlannedSync } from './plan-types.ts'
import type { SyncSpec } from './project-types.ts'
import { Snapshot } from './snapshot.ts'
import { renames } from './transform-columns.ts'
import { isTransformed, transformSource } from './transform-source.ts'

/** A sync whose writes are known. */
export interface PlannedPart {
  readonly sync: OpenSync
  readonly facts: SyncFacts
  readonly definition: Table
  readonly counts: CompareCounts
  /** What the table is made equal to, as it is read again to prove it. */
  readonly source: SideInput
  readonly planned: PlannedSync
  readonly blockers: readonly Blocker[]
  readonly folder: string
}

export interface PartOptions {
  readonly sync: OpenSync
  /** The table of the source as it will be, where an earlier sync writes to it. */
  readonly sourceAsPlanned: Snapshot | undefined
  /** Whether what the table will hold is needed: for checks, or for a later sync. */
  readonly keepsResult: boolean
  /** For the writes and copies of this sync. */
  readonly folder: string
  readonly calculator: Calculator
  readonly allow: readonly Allowance[]
  readonly examples: number
  readonly stop: AbortSignal | undefined
  readonly signal: AbortSignal | undefined
  readonly onDifference: (difference: Difference, columns: readonly Column[]) => void
  readonly onRecords: (phase: 'reading' | 'comparing', records: number) => void
}

/** @throws as `previewSync` does; nothing has been written to any table */
export async function planPart(
  options: PartOptions,
): Promise<{ part: PlannedPart; result: Snapshot | undefined }> {
  const { sync, folder, signal, keepsResult } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { handle } = sync.target
  const onRecords = (records: number): void => options.onRecords('reading', records)
  const held = keepsResult ? await Snapshot.read(handle, { signal, onRecords }) : undefined
  try {
    const part = await planWrites(options, held)
    if (held !== undefined) {
      using writes = PlannedWrites.open(join(folder, WRITES))
      await held.apply(writes)
    }
    return { part, result: held }
  } catch (error) {
    held?.[Symbol.dispose]()
    throw error
  }
}

async function planWrites(options: PartOptions, held: Snapshot | undefined): Promise<PlannedPart> {
  const { sync, folder, signal, stop } = options
  const { spec, target } = sync
  const side = await openSide(options)
  const digests = new SyncDigests()
  const shown: { found?: Shown } = {}
  const planned = await planSync(
    {
      table: held === undefined ? target.handle : over(target.handle, held),
      connection: target.connection,
      ...{ source: side.named, settings: side.settings, stop, signal },
      onRecord: (which, place, content) => digests.addRecord(which, place, content),
      onProgress: ({ records }) => options.onRecords('comparing', records),
      async onPlan(plan) {
        shown.found = await show(plan, digests, options)
      },
    },
    side.toCompare,
    folder,
  )
  const { found } = shown
  if (found === undefined) throw new Error('the sync was not planned')
  const { facts } = planned
  const limits = checkLimits(spec, facts.plan, options.allow)
  return {
    sync,
    ...planned,
    ...{ source: side.toRead, folder },
    planned: { ...plannedSync(sync, facts, found), limits },
    blockers: [...limitBlockers(spec, target.label, limits), ...refusals(spec, found.plan)],
  }
}

interface OpenedSide {
  /** What the job keeps of the source. */
  readonly named: SyncSource
  /** What the table is compared with now, and when it is read back. */
  readonly toCompare: SideInput
  readonly toRead: SideInput
  readonly settings: SyncSettings
}

async function openSide(options: PartOptions): Promise<OpenedSide> {
  const { sync, sourceAsPlanned, folder, signal } = options
  const { spec, opened, target } = sync
  const { source } = opened
  const settings = settingsOf(spec)
  const now: SideInput =
    source.kind === 'file'
      ? source
      : { kind: 'table', table: sourceAsPlanned?.table ?? source.table }
  if (isTransformed(spec, source.kind === 'table')) {
    const label = nameOf(source, spec)
    const path = join(folder, SPOOLED)
    const header = await transformSource({
      ...{ spec, label, path, signal },
      source: now,
      target: target.definition,
      calculator: options.calculator,
      onRows: (rows) => options.onRecords('reading', rows),
    })
    const reading = { format: 'ndjson', encoding: 'utf-8', header, place: 'row' } as const
    const copy: SideInput = { kind: 'file', input: { path }, reading, name: label }
    const named: SyncSource = { kind: 'file', input: { stream: nothing(), name: label }, reading }
    return { named, toCompare: copy, toRead: copy, settings }
  }
  const dropped = Object.keys(spec.columns).filter((name) => spec.columns[name] === null)
  const ignore = [...new Set([...(settings.ignore ?? []), ...dropped])]
  if (source.kind === 'table') {
    const toRead: SideInput = { kind: 'table', table: source.table }
    return { named: source, toCompare: now, toRead, settings: { ...settings, ignore } }
  }
  const named: SyncSource = { ...source, reading: { ...source.reading, map: renames(spec) } }
  const copy = await sourceToReadTwice({ source: named, signal }, folder)
  return { named, toCompare: copy, toRead: copy, settings: { ...settings, ignore } }
}

/** The rows are in a file of their own; these are never read. */
async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

function nameOf(source: SyncSource, { from }: SyncSpec): string {
  if (source.kind === 'table') return from.label
  return source.name ?? ('name' in source.input ? source.input.name : from.label)
}

function settingsOf(spec: SyncSpec): SyncSettings {
  return {
    key: spec.key,
    ignore: spec.ignore,
    delete: spec.delete,
    allowEmpty: spec.allowEmpty,
    maxErrors: spec.stopOnError ? 1 : undefined,
    acceptStored: spec.acceptStored,
  }
}

/** The table, whose records have been read already. */
function over(handle: SyncTarget, { table }: Snapshot): SyncTarget {
  return {
    version: handle.version,
    definition: (...args) => handle.definition(...args),
    records: (...args) => table.records(...args),
    gatewayMoment: () => handle.gatewayMoment(),
    get: (...args) => handle.get(...args),
    count: (...args) => handle.count(...args),
    insertMany: (...args) => handle.insertMany(...args),
    updateMany: (...args) => handle.updateMany(...args),
    deleteById: (...args) => handle.deleteById(...args),
    preview: handle.preview,
  }
}

interface Shown extends Pick<PlannedSync, 'changedColumns' | 'examples' | 'digests'> {
  readonly plan: SyncPlan
}

/** One pass through all differences. */
async function show(
  plan: SyncPlan,
  digests: SyncDigests,
  { examples: limit, onDifference }: Pick<PartOptions, 'examples' | 'onDifference'>,
): Promise<Shown> {
  const turns = new Turns()
  const examples: PlannedChange[] = []
  const columns = new Map<string, number>()
  const isDeleting = plan.deletes > 0
  for (const difference of plan.differences()) {
    if (turns.isDue) await turns.pass()
    if (difference.change === 'added' && !isDeleting) continue
    digests.addWrite(difference)
    onDifference(difference, plan.columns)
    if (difference.change === 'changed') {
      for (const name of difference.fields) columns.set(name, (columns.get(name) ?? 0) + 1)
    }
    if (hasRoom(examples, difference, limit)) examples.push(changeOf(difference, plan.key))
  }
  const changedColumns = Object.fromEntries(columns)
  return { plan, changedColumns, examples: sorted(examples), digests: digests.finish(plan.columns) }
}

/** So many of each kind, so that none hides another. */
function hasRoom(
  examples: readonly PlannedChange[],
  { change }: Difference,
  limit: number,
): boolean {
  const kind = CHANGES[change]
  return examples.filter((example) => example.change === kind).length < limit
}

const CHANGES = { removed: 'insert', changed: 'update', added: 'delete' } as const
const ORDER = ['insert', 'update', 'delete'] as const

function sorted(examples: readonly PlannedChange[]): PlannedChange[] {
  return ORDER.flatMap((kind) => examples.filter(({ change }) => change === kind))
}

function changeOf(difference: Difference, key: readonly string[] | undefined): PlannedChange {
  if (difference.change === 'removed') return { change: 'insert', values: difference.values }
  const id = 'id' in difference.b ? difference.b.id : ''
  if (difference.change === 'added') return { change: 'delete', id, values: difference.values }
  // The table is to have the values of the source.
  const { before: wanted, after: held, fields } = difference
  return {
    ...{ change: 'update', id },
    ...{ key: some(wanted, key ?? []), before: some(held, fields), after: some(wanted, fields) },
  }
}

function some(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(names.map((name) => [name, values[name] ?? null]))
}

function plannedSync(
  { spec, target, after, opened }: OpenSync,
  facts: SyncFacts,
  { plan, ...shown }: Shown,
): Omit<PlannedSync, 'limits'> {
  const { inserts, updates, deletes, extra, same } = facts.plan
  const before = recordsBefore(facts.plan)
  const { id, name } = target.definition
  return {
    name: spec.name,
    from: nameOf(opened.source, spec),
    source: plan.a,
    to: target.label,
    table: { connection: target.connection, id, name, version: target.handle.version },
    after,
    key: plan.key,
    columns: plan.columns.map((column) => column.name),
    counts: { inserts, updates, deletes, extra, same },
    recordsBefore: before,
    recordsAfter: before + inserts - deletes,
    ...shown,
    notes: [...(opened.notes ?? []), ...notesOf(plan)],
  }
}

function notesOf({ a, uncompared, notWritten }: SyncPlan): string[] {
  const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ')
  return [
    ...(a.kind === 'file' ? a.notes : []),
    ...(uncompared.length === 0
      ? []
      : [`not filled, so null in new records and as they are in others: ${list(uncompared)}`]),
    ...(notWritten.length === 0 ? [] : [`not in the table: ${list(notWritten)}`]),
  ]
}

/** Values that would be rejected before they are sent. */
function refusals({ name, place }: SyncSpec, { refusals: found, b }: SyncPlan): Blocker[] {
  const { count, columns, first, firstKey } = found
  if (first === undefined) return []
  const names = [...columns].map(([column, values]) => `"${column}" (${values})`)
  const key = Object.values(firstKey ?? {}).map((value) => JSON.stringify(value))
  const records = count === 1 ? '1 record does' : `${count} records do`
  return [
    {
      ...{ kind: 'value', about: name, place },
      message: [
        `${records} not fit "${b.name}"${names.length > 0 ? ` in ${names.join(', ')}` : ''}`,
        `the first is ${key.join(', ')}: ${first.message}`,
      ].join('; '),
      hint: 'hint' in first && typeof first.hint === 'string' ? first.hint : undefined,
    },
  ]
}
