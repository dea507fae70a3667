/** Processes that use the database, and their locks. */
import type { Migration } from './migration.ts'

export const sessions: Migration = {
  name: '0001-sessions',
  sql: `
  `,
}
