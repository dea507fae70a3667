import type { Table } from '@chatlayer-tables/contract'
import type { TableRecord } from '../types.ts'
import { evaluate } from './evaluate.ts'
import { parseWhere } from './parse-where.ts'
import type { Where } from './where-types.ts'

/**
 * A function that tests a condition on records, with the meaning of a query. Nothing is sent.
 *
 * @throws InvalidInputError for a condition that does not fit the table
 */
export function recordFilter(where: Where, table: Table): (record: TableRecord) => boolean {
  const condition = parseWhere(where, table)
  return (record) => evaluate(condition, record) === true
}
