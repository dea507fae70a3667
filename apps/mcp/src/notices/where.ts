/** Sentences about what a condition matched or missed. */
import type { CallContext } from '../call/context.ts'
import type { GuardedTable, Selection } from '../policy/guarded-table.ts'
import { grouped, joinSentences } from '../result/sentences.ts'
import { NO_MATCH } from '../write/describe.ts'
import { noMatchNotice } from './empty.ts'
import { comparedAsTextNotice } from './json-text.ts'
import { DISTINGUISH_CASE, ignoringCase, SEARCHES, type Where, withNulls } from './where-walk.ts'

/**
 * What a query's result does not show by itself: that nothing matched but would elsewhere or otherwise,
 * that nulls are left out, or that the condition was empty.
 *
 * @param total the number of matching records
 */
export async function matchNotice(
  table: GuardedTable,
  given: Where | undefined,
  total: number,
  context: CallContext,
): Promise<string | undefined> {
  const where = table.where(given) as Where | undefined
  const isEmpty = where !== undefined && Object.keys(where).length === 0
  if (where === undefined || isEmpty) {
    if (total === 0) return noMatchNotice(table, undefined, context)
    return isEmpty ? `where is empty: all ${grouped(total, 'record')} match.` : undefined
  }
  return joinSentences(
    total === 0 ? await noMatchNotice(table, where, context) : undefined,
    await letterCaseNotice(table, where, total),
    await nullNotice(table, where, total),
    comparedAsTextNotice(where, table),
  )
}

/** That a write matched no record, and why that may be. */
export async function unmatchedNotice(
  table: GuardedTable,
  selection: Selection,
  context: CallContext,
): Promise<string | undefined> {
  if (selection.by === 'ids') return NO_MATCH
  const where = table.where(selection.where) as Where
  return joinSentences(
    NO_MATCH,
    await noMatchNotice(table, selection.all ? undefined : where, context),
    await letterCaseNotice(table, where, 0),
  )
}

/** A search that found something may still have missed some; a comparison by `eq` is taken as it is. */
async function letterCaseNotice(
  table: GuardedTable,
  where: Where,
  total: number,
): Promise<string | undefined> {
  const other = ignoringCase(where, table.visible, total === 0 ? DISTINGUISH_CASE : SEARCHES)
  if (other === undefined) return undefined
  const matches = await table.countIfCheap(other.where)
  const operators = other.operators.join(', ')
  if (matches === undefined) return `Letter case counts; to ignore it, use ${operators}.`
  const missed = matches - total
  if (missed <= 0) return undefined
  const verb = missed === 1 ? 'matches' : 'match'
  const more = grouped(missed, total === 0 ? 'record' : 'more record')
  return `In another letter case ${more} ${verb}: use ${operators}.`
}

async function nullNotice(
  table: GuardedTable,
  where: Where,
  total: number,
): Promise<string | undefined> {
  const other = withNulls(where)
  if (other === undefined) return undefined
  const columns = other.columns.map((name) => JSON.stringify(name)).join(' or ')
  const matches = await table.countIfCheap(other.where)
  if (matches === undefined) {
    return `Records where ${columns} is null, if any, are left out: ne, nin and not match no null.`
  }
  const missed = matches - total
  if (missed <= 0) return undefined
  const verb = missed === 1 ? 'is' : 'are'
  return `${grouped(missed, 'record')} ${verb} left out because ${columns} is null: ne, nin and not match no null.`
}
