import { InvalidInputError } from '@chatlayer-tables/core'

/** Comments and parentheses may come first. */
const READS =
  /^(?:\s|\(|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*(?!!)[\s\S]*?\*\/)*(?:select|with|table|values)\b/i

/** @throws InvalidInputError for a query that certainly does something else than to read */
export function checkReads(query: string): void {
  if (READS.test(query)) return
  throw new InvalidInputError('the query does not begin with select, with, table or values', {
    field: 'query',
    hint: 'A query only reads. Such as: select code, name from stores',
  })
}
