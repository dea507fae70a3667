import { parametersOf, tokenize } from '@chatlayer-tables/mirror'

/** Whether a query has named parameters. */
export function namesParameters(sql: string): boolean {
  return parametersOf(tokenize(sql)).names.length > 0
}
