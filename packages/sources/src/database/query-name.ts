import { createHash } from 'node:crypto'

/** The name of the data that a query gives, which says nothing of the query: it may hold values of rows. */
export function queryName(database: string, query: string): string {
  const digest = createHash('sha256').update(query.trim()).digest('hex').slice(0, 8)
  return `${database} (query ${digest})`
}
