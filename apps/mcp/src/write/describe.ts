/** Sentences about writes. */
import type { GuardedTable } from '../policy/guarded-table.ts'
import { counted } from '../result/sentences.ts'

export const NO_MATCH = 'No record matches; nothing was written.'

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
