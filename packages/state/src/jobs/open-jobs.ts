/** The store of jobs of a state in PostgreSQL. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { JobStore } from '@chatlayer-tables/transfer'
import type { Database } from '../database.ts'
import type { Sessions } from '../sessions.ts'
import { limitsOf } from './limits.ts'
import { PostgresJobs } from './postgres-jobs.ts'

export interface OpenJobsOptions {
  /** The state folder of this machine, for working copies. */
  readonly folder: string
  /** For the limits of files. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Working copies of the jobs of each database are in a folder of their own.
 *
 * @throws ConfigurationError for a wrong limit
 */
export function openJobs(
  database: Database,
  sessions: Sessions,
  { folder, env }: OpenJobsOptions,
): JobStore {
  const name = createHash('sha256').update(database.place).digest('hex').slice(0, 12)
  const shared = new PostgresJobs(database, sessions, limitsOf(env))
  return new JobStore(join(folder, 'shared-jobs', name), { shared })
}
