/** Opens a comparison of two tables, for the tool and for its view. */
import type { Where } from '@chatlayer-tables/core'
import { type Comparison, compareSides, findKey } from '@chatlayer-tables/transfer'
import type { z } from 'zod'
import type { CallContext } from '../../call/context.ts'
import { openTable } from '../../call/open-table.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { cutToTokens } from '../../result/budget.ts'
import { joinSentences } from '../../result/sentences.ts'
import type { compareTables } from './definition.ts'

type Input = z.output<typeof compareTables.input>

export interface PlannedComparison {
  readonly a: GuardedTable
  readonly b: GuardedTable
  /** The key columns, also if they were chosen. */
  readonly key: readonly string[] | undefined
  /** The caller disposes of the comparison. */
  readonly start: () => Promise<{
    readonly comparison: Comparison
    readonly notice: string | undefined
  }>
}

/** @throws ToolError for tables and columns that the operator does not allow */
export async function planComparison(
  input: Input,
  context: CallContext,
): Promise<PlannedComparison> {
  const a = await openTable(context, input.a, 'read')
  const b = await openTable(context, input.b ?? otherVersion(a), 'read')
  checkColumns(input, a, b)
  const key = input.key ?? (await findSharedKey(a, b, context))
  return {
    a,
    b,
    key,
    async start() {
      const comparison = await compare(a, b, key, input, context)
      return { comparison, notice: noticeOf(comparison, a, b, input, key) }
    },
  }
}

function otherVersion({ definition, version }: GuardedTable): string {
  return `${definition.id}@${version === 'LIVE' ? 'draft' : 'live'}`
}

function checkColumns({ key = [], columns = [] }: Input, ...tables: readonly GuardedTable[]): void {
  for (const table of tables) {
    for (const [index, name] of key.entries()) table.checkColumn(name, 'compare', `key[${index}]`)
    for (const [index, name] of columns.entries()) {
      table.checkColumn(name, 'compare', `columns[${index}]`)
    }
  }
}

async function findSharedKey(
  a: GuardedTable,
  b: GuardedTable,
  { signal }: CallContext,
): Promise<readonly string[] | undefined> {
  const names = new Set(b.readable.map(({ name }) => name))
  const shared = a.readable.map(({ name }) => name).filter((name) => names.has(name))
  const found = await findKey(a.comparedTable(), b.comparedTable(), shared, { signal })
  return found === undefined ? undefined : [found]
}

function compare(
  a: GuardedTable,
  b: GuardedTable,
  key: readonly string[] | undefined,
  { where, columns }: Input,
  { signal, request }: CallContext,
): Promise<Comparison> {
  let read = 0
  return compareSides({
    a: { kind: 'table', table: a.comparedTable() },
    b: { kind: 'table', table: b.comparedTable() },
    key,
    columns,
    inCommon: true,
    only: where === undefined ? undefined : { where: where as Where, of: 'either' },
    setAsideDuplicates: true,
    signal,
    onProgress: () => void request.progress?.(++read, undefined, `${read} records read`),
  })
}

/** Names that a notice lists, and the tokens for them. */
const MAX_NAMES = 20
const NAMES_TOKENS = 60

function quoted(names: readonly string[]): string {
  const listed = names.slice(0, MAX_NAMES).map((name) => JSON.stringify(name))
  const more = names.length > MAX_NAMES ? ', …' : ''
  return cutToTokens(`${listed.join(', ')}${more}`, NAMES_TOKENS)
}

/** Such as `stores (DRAFT)`. */
export function nameOf({ definition, version }: GuardedTable): string {
  return `${definition.name} (${version})`
}

function noticeOf(
  { counts, others, isSame, duplicates }: Comparison,
  a: GuardedTable,
  b: GuardedTable,
  { where, key: given }: Input,
  key: readonly string[] | undefined,
): string | undefined {
  const empty = [counts.a === 0 ? nameOf(a) : undefined, counts.b === 0 ? nameOf(b) : undefined]
    .filter((name) => name !== undefined)
    .map((name) =>
      where === undefined ? `${name} is empty.` : `No record of ${name} is selected.`,
    )
  const masked = a.visible.masked.size + b.visible.masked.size > 0
  const skipped = [...others.onlyInA, ...others.onlyInB]
  return joinSentences(
    ...empty,
    isSame && duplicates.keys === 0 && empty.length === 0 ? 'No differences.' : undefined,
    given !== undefined
      ? undefined
      : key === undefined
        ? 'No key column was found, so whole records are compared; pass key to see what changed in each.'
        : `Compared by ${quoted(key)}, which was chosen by its values; pass key for another.`,
    skipped.length > 0 ? `Only in one table, so not compared: ${quoted(skipped)}.` : undefined,
    others.converted.length > 0
      ? `Compared as the type of b: ${quoted(others.converted.map(({ name }) => name))}.`
      : undefined,
    masked ? 'Masked columns are not compared.' : undefined,
  )
}
