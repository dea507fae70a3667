import type { Preview, PreviewedChange, Values } from '@chatlayer-tables/core'
import type { CallContext } from '../call/context.ts'
import type { PlannedWrite } from '../confirm/confirmation.ts'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { fitLists } from '../result/budget.ts'
import { shortValues } from '../result/cells.ts'
import { counted, joinSentences } from '../result/sentences.ts'
import { DEFAULT_TOKENS } from '../tools/fields.ts'

export const NO_MATCH = 'No record matches; nothing was written.'

/** Changes shown at most; all of them are counted and signed. */
const MAX_SHOWN = 20

/** Characters shown of a cell. */
const CELL_LENGTH = 200

/** One change as a result shows it. */
export interface ShownChange {
  readonly change: string
  readonly id?: string
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
}

/**
 * The records that would change.
 *
 * @param columns the columns to show (default: all)
 */
export function shownChanges(
  { changes }: Preview,
  table: GuardedTable,
  columns?: readonly string[],
): ShownChange[] {
  return changes
    .filter(({ change }) => change !== 'unchanged')
    .map((change) => shownChange(change, table, columns))
}

function shownChange(
  { change, id, before, after }: PreviewedChange,
  table: GuardedTable,
  columns: readonly string[] | undefined,
): ShownChange {
  const side = (values: Values | undefined) =>
    values === undefined ? undefined : shortValues(pick(table.shown(values), columns), CELL_LENGTH)
  const [from, to] = [side(before), side(after)]
  return {
    change,
    ...(id === undefined ? {} : { id }),
    ...(from === undefined ? {} : { before: from }),
    ...(to === undefined ? {} : { after: to }),
  }
}

function pick(
  values: Values | undefined,
  columns: readonly string[] | undefined,
): Readonly<Record<string, unknown>> {
  if (values === undefined) return {}
  if (columns === undefined) return values
  return Object.fromEntries(
    columns.map((column) => [column, Object.hasOwn(values, column) ? values[column] : null]),
  )
}

/** The result of a dry run: the changes, and how to execute them. */
export function previewResult<Facts extends Readonly<Record<string, unknown>>>(
  { confirmation, request }: CallContext,
  write: PlannedWrite,
  changes: readonly ShownChange[],
  facts: Facts,
  remark?: string,
) {
  const offer = confirmation.offer(write, request)
  const noticeOf = (shown: number): string =>
    joinSentences(
      'Dry run: nothing was written.',
      remark,
      shown < changes.length
        ? `The first ${shown} of ${changes.length} changes are shown.`
        : undefined,
      offer.notice,
    ) ?? ''
  const { confirm_token } = offer
  const frame = {
    version: write.table.version,
    dry_run: true,
    rejected: 0,
    unknown: 0,
    problems: [],
    ...facts,
    ...(confirm_token === undefined ? {} : { confirm_token }),
  }
  const first = changes.slice(0, MAX_SHOWN)
  const room = { ...frame, notice: noticeOf(-1) }
  const { lists } = fitLists(room, { changes: first }, DEFAULT_TOKENS)
  const shown = changes.length > 0 ? { changes: [...lists.changes] } : {}
  return { ...frame, notice: noticeOf(lists.changes.length), ...shown }
}

/** A sentence about records without a change; undefined if there are none. */
export function unchangedNotice(matched: number, changed: number): string | undefined {
  if (changed === matched) return undefined
  return `${matched - changed} of ${matched} records already have these values.`
}

/** A sentence about rows that would be rejected; undefined if there are none. */
export function rejectedNotice(rows: number): string | undefined {
  return rows === 0 ? undefined : `${counted(rows, 'row')} would be rejected; see problems.`
}

/** Such as `update 3 records of "stores" (DRAFT)`. */
export function describeWrite(
  verb: string,
  count: number,
  table: GuardedTable,
  preposition: 'of' | 'into' = 'of',
): string {
  return `${verb} ${counted(count, 'record')} ${preposition} "${table.definition.name}" (${table.version})`
}
