/** Queued projects, their schedules, progress and logs. */
import type { Migration } from './migration.ts'

export const projects: Migration = {
  name: '0006-projects',
  sql: `
  `,
}
