/** Change sets, their changes, and calls of tools. */
import type { Migration } from './migration.ts'

export const journal: Migration = {
  name: '0002-journal',
  sql: `
  `,
}
