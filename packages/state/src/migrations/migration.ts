/** One step of the schema. Steps that were released are never changed; a later one changes what they made. */
export interface Migration {
  /** Such as `0002-journal`: steps are carried out in the order of their names. */
  readonly name: string
  /** Statements, in the schema `chatlayer_tables`, which is the search path. */
  readonly sql: string
}

/** The schema that holds everything. */
export const SCHEMA = 'chatlayer_tables'
