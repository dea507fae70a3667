/** Jobs, the states of their rows, and their files. */
import type { Migration } from './migration.ts'

export const jobs: Migration = {
  name: '0004-jobs',
  sql: `
  `,
}
