import type { Database } from '../database.ts'

/** One step of the schema. Steps that were released are never changed; a later one changes what they made. */
export interface Migration {
  /** Such as `0002-journal`: steps are carried out in the order of their names. */
  readonly name: string
  /** Statements, in the schema `chatlayer_tables`, which is the search path. */
  readonly sql: string
}

/** A schema that a library makes and changes by itself. */
export interface SchemaPart {
  readonly schema: string
  /** Makes it, or brings it up to date. Safe when two programs do it at once. @throws StorageError */
  readonly migrate: (database: Database) => Promise<void>
}

/** The schema that holds everything else. */
export const SCHEMA = 'chatlayer_tables'
