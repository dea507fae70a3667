/**
 * How null is written is not known at first, and a text that means null to a gateway is stored as
 * such. Where an answer shows that it was, the caller is told.
 */
import type { Dialect, WireRecord } from '@chatlayer-tables/contract'
import { UnexpectedAnswerError } from '../errors.ts'
import type { Outcome, Values } from '../types.ts'
import { type Place, untold } from './outcomes.ts'

const NONE: readonly string[] = []

/** The columns in which a text was sent, and a record that the write answered shows null. */
export function nulledColumns(
  record: WireRecord | undefined,
  sent: Values,
  { nullEncoding }: Dialect,
): readonly string[] {
  if (nullEncoding !== 'omit' || record === undefined) return NONE
  const nulled = Object.keys(sent).filter(
    (column) => (sent[column] === '' || sent[column] === 'null') && record.values[column] === null,
  )
  return nulled.length === 0 ? NONE : nulled
}

/** The row's record stands, but not as it was meant to. */
export function nulledOutcome<Row>(
  place: Place<Row>,
  id: string | undefined,
  columns: readonly string[],
): Outcome<Row> {
  const names = columns.join(', ')
  const error = new UnexpectedAnswerError(
    `the record was written, but the gateway made null of the text sent for ${names}`,
    {
      place: `values.${columns[0]}`,
      executed: 'maybe',
      hint: 'To this gateway the text means null (dialect setting nullEncoding; a probe with a scratch table can learn it).',
    },
  )
  return untold({ ...place, id }, error, [`sent it, and it was answered with null for ${names}`])
}
