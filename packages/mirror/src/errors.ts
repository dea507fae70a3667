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

/** An expression for the new values of a column that was not evaluated, or was stopped. */
export class ExpressionError extends InvalidInputError {
  /** The column that the expression is for. */
  readonly column: string
  /** As in {@link SqlError}; `stopped` at a limit of time, memory or size. */
  readonly kind: SqlErrorKind | 'stopped'

  constructor(
    column: string,
    message: string,
    details: { kind: SqlErrorKind | 'stopped'; hint?: string | undefined; cause?: unknown },
  ) {
    super(`the expression for "${column}": ${message}`, {
      ...details,
      field: `expressions.${column}`,
    })
    this.column = column
    this.kind = details.kind
  }
}

/** A record and a column for which an expression has no value that can be written. */
export interface ComputedProblem {
  readonly id: string
  readonly column: string
  /** Such as `gives text, but an int column takes a whole number`. */
  readonly reason: string
}

/** Expressions have no value, or one that does not fit its column, for some records. Nothing was written. */
export class ComputedValueError extends InvalidInputError {
  /** The first problems. */
  readonly problems: readonly ComputedProblem[]
  /** The number of records with problems. */
  readonly records: number

  constructor(problems: readonly ComputedProblem[], records: number) {
    const [first] = problems
    const others = records === 2 ? '1 more record has' : `${records - 1} more records have`
    const more = records > 1 ? `; ${others} such a problem` : ''
    super(`record ${first?.id}: the expression for "${first?.column}" ${first?.reason}${more}`, {
      field: `expressions.${first?.column}`,
      hint: 'Nothing was written. Exclude such records, or handle the case: case when … then … else … end.',
    })
    this.problems = problems
    this.records = records
  }
}

/** A query that may not read from the gateway needs a mirror that does not exist. */
export class NoMirrorError extends InvalidInputError {}
