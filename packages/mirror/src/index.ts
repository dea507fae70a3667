export type { AttachedRows, AttachedTable } from './attached.ts'
export { NoMirrorError, type Position, SqlError, SqlLimitError, type SqlTrouble } from './errors.ts'
export type { Freshness } from './freshness.ts'
export { DEFAULT_LIMITS, type Limits } from './limits.ts'
export {
  type Answer,
  type AnswerFacts,
  Mirrors,
  type MirrorsOptions,
  openMirrors,
  type PullOptions,
  type QueryOptions,
  type QueryPlan,
  type QuerySource,
  type RowHandlers,
  type SqlTable,
} from './mirrors.ts'
export type { SqlParameters } from './prepare.ts'
export type { MirrorConnection } from './query-names.ts'
export type { Showing, Visibility } from './shape.ts'
export type { OutColumn, OutValue } from './sql/protocol.ts'
export { parametersOf, statements, tokenize } from './sql/tokens.ts'
export type { SqlValue } from './values.ts'
