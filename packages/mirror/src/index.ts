export type { AttachedRows, AttachedTable } from './attached.ts'
export type { MirrorsOptions } from './bot-schemas.ts'
export {
  type Calculation,
  type CalculationOptions,
  type Calculator,
  type CalculatorOptions,
  openCalculator,
} from './computed/calculator.ts'
export type { FromSql } from './computed/from-sql.ts'
export type { ComputedUpdates } from './computed/results.ts'
export type {
  RowCalculation,
  RowCalculationOptions,
  RowColumn,
  RowExpression,
} from './computed/row-calculation.ts'
export {
  type ComputedProblem,
  ComputedValueError,
  ExpressionError,
  NoMirrorError,
  type Position,
  SqlError,
  type SqlErrorKind,
  SqlLimitError,
} from './errors.ts'
export { type Freshness, parseFreshness } from './freshness.ts'
export { type Learning, learn } from './learn.ts'
export { DEFAULT_LIMITS, type Limits } from './limits.ts'
export { Mirrors, openMirrors } from './mirrors.ts'
export type { SqlParameters } from './prepare.ts'
export { BracketWatch } from './pull.ts'
export type { MirrorConnection } from './query-names.ts'
export type { PullOptions } from './query-reads.ts'
export type {
  QueryOptions,
  QueryPlan,
  QueryResult,
  QueryResultFacts,
  QuerySource,
  RowHandlers,
  SqlTable,
} from './query-types.ts'
export { MAX_SMALL_TABLE, WHOLE_EVERY_MS } from './refresh.ts'
export type { Showing, Visibility } from './shape.ts'
export { maxOverlap, sinceCandidates } from './since.ts'
export type { OutColumn, OutValue } from './sql/protocol.ts'
export { parametersOf, statements, tokenize } from './sql/tokens.ts'
export type { Bracket } from './state.ts'
export type { SqlValue } from './values.ts'
