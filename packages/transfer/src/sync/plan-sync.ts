/** What a sync comes to: both sides compared, and the writes that follow from it. */
import { basename, join } from 'node:path'
import {
  ChatlayerError,
  InvalidInputError,
  NotExpressibleError,
  type Table,
} from '@chatlayer-tables/core'
import { Turns } from '@chatlayer-tables/files'
import { type Comparison, compareSides } from '../compare/compare.ts'
import type { CompareCounts, SideFacts, SideInput } from '../compare/compare-types.ts'
import type { TransferSituation } from '../errors/situations.ts'
import { anyOf } from '../job/any-of.ts'
import { connectionDifferences } from '../job/same-job.ts'
import { keyTexts } from './key-texts.ts'
import { PlannedWrites, WRITES } from './planned-writes.ts'
import type { SyncFacts, SyncSourceFacts } from './sync-facts.ts'
import type {
  SyncInputs,
  SyncOptions,
  SyncPlan,
  SyncRefusals,
  SyncSettings,
  SyncSource,
} from './sync-types.ts'

export interface Planned {
  readonly facts: SyncFacts
  readonly definition: Table
  readonly counts: CompareCounts
}

/**
 * Compares, keeps the writes that it comes to, and reports them.
 *
 * @param folder of the job
 * @throws as `syncTables` does
 */
export async function planSync(
  options: SyncInputs & Pick<SyncOptions, 'profiles' | 'onPlan'>,
  source: SideInput,
  folder: string,
): Promise<Planned> {
  const { table: target, connection, settings, profiles = {} } = options
  const definition = await target.definition({ signal: options.signal })
  using comparison = await compareForSync(options, source, definition)
  await refuseToEmpty(comparison, options, source, definition)
  await PlannedWrites.create(join(folder, WRITES), comparison, settings.delete)
  const facts: SyncFacts = {
    kind: 'sync',
    createdAt: new Date().toISOString(),
    connection,
    table: { id: definition.id, name: definition.name, columns: definition.columns },
    version: target.version,
    source: sourceFacts(options.source, source, comparison.a),
    settings,
    profiles,
    columns: comparison.columns.map(({ name }) => name),
    plan: countsOf(comparison.counts, settings),
    moment: target.gatewayMoment(),
  }
  await options.onPlan?.(await asPlan(comparison, definition, options))
  return { facts, definition, counts: comparison.counts }
}

/**
 * What a sync would do: reads both sides and writes nothing. To be disposed of.
 *
 * @throws as `syncTables` does
 */
export async function previewSync(options: SyncInputs): Promise<SyncPlan & Disposable> {
  const { source } = options
  const definition = await options.table.definition({ signal: options.signal })
  const side = source.kind === 'table' ? ({ kind: 'table', table: source.table } as const) : source
  const comparison = await compareForSync(options, side, definition)
  try {
    await refuseToEmpty(comparison, options, side, definition)
    const plan = await asPlan(comparison, definition, options)
    return { ...plan, [Symbol.dispose]: () => comparison[Symbol.dispose]() }
  } catch (error) {
    comparison[Symbol.dispose]()
    throw error
  }
}

async function compareForSync(
  options: SyncInputs,
  source: SideInput,
  definition: Table,
): Promise<Comparison> {
  await refuseItself(options, definition)
  const none = { planned: 0, ok: 0, rejected: 0, unknown: 0, storedOtherwise: 0, before: 0 }
  return compareSides({
    a: source,
    b: { kind: 'table', table: options.table },
    ...options.settings,
    onRecord: options.onRecord,
    signal: anyOf(options.stop, options.signal),
    onProgress: (_, records) => options.onProgress?.({ phase: 'comparing', records, ...none }),
  })
}

/** @throws InvalidInputError where a source without records would have records of the table deleted */
async function refuseToEmpty(
  { counts: { a, b } }: Comparison,
  { settings, signal }: SyncInputs,
  source: SideInput,
  { name }: Table,
): Promise<void> {
  if (!settings.delete || settings.allowEmpty === true || a > 0 || b === 0) return
  const isPart = settings.only !== undefined
  // A source with other records lacks those that were selected on purpose.
  if (isPart && !(await isEmpty(source, signal))) return
  const records = b === 1 ? 'the one record' : `all ${b} records`
  throw new InvalidInputError(
    `the source has no records, so that ${records} ${isPart ? 'selected in' : 'of'} "${name}" would be deleted`,
    { situation: { code: 'SOURCE_EMPTY' } satisfies TransferSituation },
  )
}

async function isEmpty(source: SideInput, signal: AbortSignal | undefined): Promise<boolean> {
  if (source.kind === 'file') return true
  for await (const _ of source.table.records({ limit: 1 }, { signal })) return false
  return true
}

async function asPlan(
  comparison: Comparison,
  definition: Table,
  options: SyncInputs,
): Promise<SyncPlan> {
  const { settings } = options
  const { a, b, columns, counts, others, unselected } = comparison
  return {
    uncompared: definition.columns.flatMap(({ name }) =>
      columns.some((column) => column.name === name) ? [] : [name],
    ),
    notWritten: others.onlyInA,
    unselected,
    refusals: await findRefusals(comparison, options),
    ...countsOf(counts, settings),
    a,
    b,
    columns,
    key: settings.key,
    differences: () => comparison.differences(),
  }
}

/** Which writes the client would refuse to send. */
async function findRefusals(
  comparison: Comparison,
  { table: { preview }, signal, stop }: SyncInputs,
): Promise<SyncRefusals> {
  let [count, first]: [number, ChatlayerError | undefined] = [0, undefined]
  let firstKey: Record<string, string | null> | undefined
  const columns = new Map<string, number>()
  const turns = new Turns()
  for (const difference of comparison.ofA()) {
    stop?.throwIfAborted()
    if (turns.isDue) await turns.pass()
    try {
      if (difference.change === 'removed') {
        await preview.insert([difference.values], { limit: 0, signal })
      } else {
        const { before: wanted, fields } = difference
        const set = Object.fromEntries(fields.map((name) => [name, wanted[name] ?? null]))
        await preview.updateById([], set, { limit: 0, signal })
      }
    } catch (error) {
      if (!(error instanceof ChatlayerError)) throw error
      count++
      first ??= error
      const values = difference.change === 'removed' ? difference.values : difference.before
      firstKey ??= keyTexts(values, comparison.key)
      const column = columnOf(error)
      if (column !== undefined) columns.set(column, (columns.get(column) ?? 0) + 1)
    }
  }
  return { count, columns, first, firstKey }
}

/** The column of a value that was refused. */
function columnOf(error: ChatlayerError): string | undefined {
  if (!(error instanceof InvalidInputError || error instanceof NotExpressibleError))
    return undefined
  return error.field?.startsWith(VALUES) ? error.field.slice(VALUES.length) : undefined
}

const VALUES = 'values.'

function countsOf({ removed, changed, added, same }: CompareCounts, settings: SyncSettings) {
  const deletes = settings.delete ? added : 0
  return { inserts: removed, updates: changed, deletes, extra: added - deletes, same }
}

/** @throws InvalidInputError when the table is its own source */
async function refuseItself(
  { source, table, connection, signal }: SyncInputs,
  { id }: Table,
): Promise<void> {
  if (source.kind === 'file' || source.table.version !== table.version) return
  if (connectionDifferences(source.connection, connection).length > 0) return
  if ((await source.table.definition({ signal })).id !== id) return
  throw new InvalidInputError('the source and the target are the same table', {
    hint: 'Choose another table or version.',
    situation: { code: 'SYNC_WITH_ITSELF' } satisfies TransferSituation,
  })
}

function sourceFacts(source: SyncSource, opened: SideInput, a: SideFacts): SyncSourceFacts {
  if (source.kind === 'table' && a.kind === 'table') {
    return {
      kind: 'table',
      connection: source.connection,
      id: a.id,
      name: a.name,
      version: a.version,
    }
  }
  if (source.kind === 'table' || opened.kind === 'table' || !('path' in opened.input)) {
    throw new Error('the source is neither a table nor a file')
  }
  const { reading } = opened
  const { input } = source
  return 'path' in input
    ? { kind: 'file', name: basename(input.path), path: opened.input.path, reading }
    : { kind: 'file', name: input.name, reading }
}
