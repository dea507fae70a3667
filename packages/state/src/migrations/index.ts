import { QUEUE_PART } from '../queue/boss.ts'
import { sessions } from './0001-sessions.ts'
import { journal } from './0002-journal.ts'
import { reviews } from './0003-reviews.ts'
import { jobs } from './0004-jobs.ts'
import { pace } from './0005-pace.ts'
import { projects } from './0006-projects.ts'
import { notes } from './0007-notes.ts'
import type { Migration, SchemaPart } from './migration.ts'

export const MIGRATIONS: readonly Migration[] = [
  sessions,
  journal,
  reviews,
  jobs,
  pace,
  projects,
  notes,
]

/** The schemas of libraries, in the same database. */
export const PARTS: readonly SchemaPart[] = [QUEUE_PART]
