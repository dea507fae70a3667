import { ToolFailure } from '../answer/failure.ts'

/** A write that may need to be confirmed, with how many records it would change. */
export interface GuardedWrite {
  readonly action: 'update' | 'delete'
  readonly matched: number
  /** The number that the caller has seen in a preview. */
  readonly expect: number | undefined
  /** How many records may be changed without such a number. */
  readonly unguarded: number
}

/**
 * Holds back a write of many records, and any delete, until the caller says how many records it is
 * about. That stops a condition that matches more than was thought; it is no proof that a person
 * has agreed.
 *
 * @throws ToolFailure when the number is missing or another one; nothing has been written then
 */
export function requireExpected({ action, matched, expect, unguarded }: GuardedWrite): void {
  if (expect === undefined ? matched <= unguarded : matched === expect) return
  const records = matched === 1 ? '1 record' : `${matched} records`
  const message =
    expect === undefined
      ? `Nothing was written. This would ${action} ${records}.`
      : `Nothing was written. This would ${action} ${records}, not ${expect}.`
  throw new ToolFailure('CONFIRMATION_NEEDED', message, {
    field: 'expect',
    matched,
    hint: `Look at them with dry_run: true. If that is what the user wants, repeat the call with expect: ${matched}.`,
  })
}
