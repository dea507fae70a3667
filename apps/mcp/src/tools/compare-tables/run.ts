import type { Where } from '@chatlayer-tables/core'
import { type Comparison, compareSides, findKey } from '@chatlayer-tables/transfer'
import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { openTable } from '../../call/open-table.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { cutToTokens, fitItems } from '../../result/budget.ts'
import { readCursor, writeCursor } from '../../result/cursor.ts'
import { joinSentences } from '../../result/sentences.ts'
import { ToolError } from '../../result/tool-error.ts'
import { compareTables, KINDS } from './definition.ts'
import { fitPage } from './page.ts'

type Input = z.output<typeof compareTables.input>

export const run: RunTool = defineRun(compareTables, async (input, context) => {
  const a = await openTable(context, input.a, 'read')
  const b = await openTable(context, input.b ?? otherVersion(a), 'read')
  checkColumns(input, a, b)
  const { where, columns, max_tokens } = input
  const identity = (side: GuardedTable) => [side.definition.id, side.version]
  const { principal } = context.request
  const key = input.key ?? (await findSharedKey(a, b, context))
  // With the key that was found, which may be another one for the next page.
  const query = [principal, identity(a), identity(b), key, where, columns]
  const offset = readCursor(input.cursor, query)
  using comparison = await compare(a, b, key, input, context)
  const counts = countsOf(comparison)
  const notice = noticeOf(comparison, a, b, input, key)
  const frame = {
    a: nameOf(a),
    b: nameOf(b),
    key: [...(key ?? [])],
    counts,
    by_column: await fitColumns(comparison, max_tokens),
  }
  const total = KINDS.reduce((sum, kind) => sum + counts[kind], 0)
  const fitInto = (tokens: number) =>
    fitPage(comparison, {
      offset,
      tokens,
      render: (sections, records) => {
        const next = offset + records
        const cursor = next < total ? { next_cursor: writeCursor(next, query) } : {}
        return { notice, ...frame, ...sections, truncated: next < total, ...cursor }
      },
    })
  const few = offset === 0 && (counts.a === 0 || counts.b === 0)
  const page = (few ? await fitInto(FEW_TOKENS) : undefined) ?? (await fitInto(max_tokens))
  if (page === undefined) throw tooLarge()
  return page
})

/** If one side is empty, a few records of the other say as much as all; the cursor continues. */
const FEW_TOKENS = 500

function tooLarge(): ToolError {
  return new ToolError('ANSWER_TOO_LARGE', 'The next difference does not fit into max_tokens.', {
    field: 'max_tokens',
    hint: 'Raise max_tokens, or pass the columns to compare.',
  })
}

/** The share of the result for the counts by column. */
const COLUMNS_SHARE = 0.3

/** The columns that differ in most records. */
async function fitColumns(comparison: Comparison, tokens: number): Promise<Record<string, number>> {
  const changed = await comparison.changedColumns()
  const columns = changed.sort((a, b) => b[1] - a[1])
  return Object.fromEntries(fitItems(columns, tokens * COLUMNS_SHARE).items)
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

function countsOf({ counts, duplicates }: Comparison) {
  const { a, b, same, changed, removed, added } = counts
  return {
    ...{ a, b, equal: same, different: changed, only_in_a: removed, only_in_b: added },
    duplicate_keys: duplicates.keys,
  }
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
function nameOf({ definition, version }: GuardedTable): string {
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
