/** Writes that wait for a person. */
import type { Migration } from './migration.ts'

export const reviews: Migration = {
  name: '0003-reviews',
  sql: `
  `,
}
