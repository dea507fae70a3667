/** `clt dedupe`: deletes records that repeat a key. */
import type { CallOptions, Outcome, Preview, Table, TableHandle } from '@chatlayer-tables/core'
import { readConditions } from '../../conditions.ts'
import type { Context } from '../../context.ts'
import type { ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { countOf } from '../../output/preview-output.ts'
import { formatCount, Progress, plural } from '../../output/progress.ts'
import { type Field, parseColumns, parseFields } from '../../where.ts'
import { changeTarget, type PlannedChange } from '../records/change.ts'
import { deleteUnchanged } from '../records/delete-unchanged.ts'
import type { Options } from './definition.ts'
import {
  DEFAULT_BY,
  DuplicateFinder,
  type DuplicateGroup,
  digestRecord,
  type KeepRule,
} from './duplicates.ts'
import { showGroups } from './groups-output.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const key = [...new Set(options.key.flatMap(parseColumns))]
  if (key.length === 0) {
    throw new UsageError(
      'no key columns are specified',
      'Pass --key with their names, such as --key code.',
    )
  }
  const rule: KeepRule = { keep: options.keep, by: readBy(options) }
  const where = readConditions(options) ?? {}
  // The preview reads; each record is deleted by its ID.
  const target = { ids: undefined, where, all: true } as const
  return await changeTarget(options, context, target, (_, { handle }, table, call) => {
    checkColumns(table, [...key, ...('column' in rule.by ? [rule.by.column] : [])])
    const finder = new DuplicateFinder(table, key, rule)
    return new Deduplication({ handle, table, key, rule, finder, call, context, where })
  })
}

interface Parts {
  readonly handle: TableHandle
  readonly table: Table
  readonly key: readonly string[]
  readonly rule: KeepRule
  readonly finder: DuplicateFinder
  readonly call: CallOptions
  readonly context: Context
  readonly where: NonNullable<ReturnType<typeof readConditions>>
}

class Deduplication implements PlannedChange {
  readonly verb = 'Delete'
  readonly done = 'deleted'
  readonly #parts: Parts
  #groups: readonly DuplicateGroup[] = []

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async prepare(): Promise<void> {
    const { handle, finder, call, context, where } = this.#parts
    const progress = new Progress(context.messages)
    for await (const record of handle.preview.matching(where, { ...call, all: true })) {
      finder.add(record)
      progress.show(() => `looking for duplicates: ${countOf(finder.read)}`)
    }
    await progress.end()
    this.#groups = finder.groups()
    if (finder.keyless > 0) {
      const have = finder.keyless === 1 ? 'has' : 'have'
      await context.messages.note(
        `${countOf(finder.keyless)} ${have} no value in a key column; not compared`,
      )
    }
  }

  get nothing(): string {
    return `No duplicates among ${countOf(this.#parts.finder.read)}; nothing was changed.`
  }

  /** Counts only: {@link show} lists the records. */
  async preview(): Promise<Preview> {
    const deleted = this.#groups.reduce((sum, { others }) => sum + others.length, 0)
    const counts = { inserted: 0, updated: 0, deleted, unchanged: 0 }
    const none = { changes: [], rejected: [], rejectedCount: 0 }
    return { ...none, matched: deleted, counts, truncated: deleted > 0 }
  }

  async show(context: Pick<Context, 'out' | 'messages' | 'json'>, limit: number): Promise<void> {
    const { handle, table, key, rule, call } = this.#parts
    await showGroups(context, this.#groups, { handle, table, key, rule, call, limit })
    const others = this.#groups.flatMap(({ keep, others: each }) =>
      each.map(({ digest }) => digest === keep.digest),
    )
    const equal = others.filter(Boolean).length
    const keys = plural(this.#groups.length, 'key')
    await context.messages.note(
      `${countOf(others.length)} would be deleted, of ${keys}: ${formatCount(equal)} equal to the record kept, ${formatCount(others.length - equal)} with other values`,
    )
  }

  write(): AsyncIterable<Outcome<unknown>> {
    const { handle, table, call } = this.#parts
    const all = this.#groups.flatMap(({ keep, others }) =>
      others.map(({ id, digest }) => ({
        id,
        kept: keep.id,
        isSame: (record: Parameters<typeof digestRecord>[0]) =>
          digestRecord(record, table) === digest,
      })),
    )
    return deleteUnchanged(handle, all, call)
  }
}

/** @throws UsageError for --by without an order, or several columns */
function readBy({ by, keep }: Options): Field {
  if (by === undefined) return DEFAULT_BY
  if (keep === 'first') {
    throw new UsageError('--by has no meaning with --keep first', 'Pass --keep newest or oldest.')
  }
  const [field, ...more] = parseFields(by)
  if (field === undefined || more.length > 0) throw new UsageError('--by takes one column')
  return field
}

/** @throws UsageError for a column that the table does not have */
function checkColumns(table: Table, names: readonly string[]): void {
  const known = table.columns.map(({ name }) => name)
  const missing = names.find((name) => !known.includes(name))
  if (missing === undefined) return
  throw new UsageError(
    `"${table.name}" has no column "${missing}"`,
    `Its columns: ${known.join(', ')}.`,
  )
}
