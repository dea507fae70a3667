/** What the processes of one token learn of its rate limit. */
import type { Migration } from './migration.ts'

export const pace: Migration = {
  name: '0005-pace',
  sql: `
  `,
}
