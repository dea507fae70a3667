import { InvalidInputError } from '@chatlayer-tables/core'

/** Where in the SQL, from 1; `offset` from 0, in UTF-16 units. */
export interface Position {
  readonly offset: number
  readonly line: number
  readonly column: number
}

/**
 * What is wrong with a query:
 *
 * - `wrong`: it is no SQL, or names what is not there
 * - `refused`: it would do something else than read the tables
 * - `parameter`: a value is missing, or has no place
 */
export type SqlTrouble = 'wrong' | 'refused' | 'parameter'

/** A query that is not run. */
export class SqlError extends InvalidInputError {
  readonly trouble: SqlTrouble
  readonly position: Position | undefined

  constructor(
    message: string,
    details: { trouble: SqlTrouble; hint?: string | undefined; position?: Position | undefined },
  ) {
    const { position } = details
    const place =
      position === undefined ? '' : ` (line ${position.line}, column ${position.column})`
    super(`${message}${place}`, { field: 'sql', hint: details.hint })
    this.trouble = details.trouble
    this.position = position
  }
}

/** A query that was stopped, because it took more than it may. */
export class SqlLimitError extends InvalidInputError {
  readonly limit: 'time' | 'memory' | 'size'

  constructor(limit: 'time' | 'memory' | 'size', message: string, hint: string) {
    super(message, { field: 'sql', hint })
    this.limit = limit
  }
}

/** A mirror is wanted as it is, and there is none. */
export class NoMirrorError extends InvalidInputError {}
