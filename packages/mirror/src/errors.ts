import { InvalidInputError } from '@chatlayer-tables/core'

/** A place in the SQL: line and column from 1, `offset` from 0 in UTF-16 units. */
export interface Position {
  readonly offset: number
  readonly line: number
  readonly column: number
}

/**
 * What is wrong with a query:
 *
 * - `wrong`: it is not valid SQL, or names something that does not exist
 * - `refused`: it would do more than read the tables
 * - `parameter`: a parameter has no value, or a value no parameter
 */
export type SqlErrorKind = 'wrong' | 'refused' | 'parameter'

/** A query that was not run. */
export class SqlError extends InvalidInputError {
  readonly kind: SqlErrorKind
  readonly position: Position | undefined

  constructor(
    message: string,
    details: { kind: SqlErrorKind; hint?: string | undefined; position?: Position | undefined },
  ) {
    const { position } = details
    const place =
      position === undefined ? '' : ` (line ${position.line}, column ${position.column})`
    super(`${message}${place}`, { field: 'sql', hint: details.hint })
    this.kind = details.kind
    this.position = position
  }
}

/** A query that was stopped at one of its limits. */
export class SqlLimitError extends InvalidInputError {
  readonly limit: 'time' | 'memory' | 'size'

  constructor(limit: 'time' | 'memory' | 'size', message: string, hint: string) {
    super(message, { field: 'sql', hint })
    this.limit = limit
  }
}

/** A query that may not read from the gateway needs a mirror that does not exist. */
export class NoMirrorError extends InvalidInputError {}
