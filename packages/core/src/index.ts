export type {
  Column,
  Customer,
  Dialect,
  DialectInput,
  Region,
  Table,
  Version,
} from '@chatlayer-tables/contract'
export {
  Client,
  type ClientOptions,
  type CustomerPage,
  Customers,
  createClient,
  type TableOptions,
} from './client.ts'
export {
  type Connection,
  type ConnectionOptions,
  connectionFromEnvironment,
  type PartialConnection,
} from './connection.ts'
export {
  AuthenticationError,
  ChatlayerError,
  ConfigurationError,
  ConflictError,
  ConnectionError,
  ERROR_CODES,
  type ErrorCode,
  type ErrorGroup,
  type ErrorJson,
  type ErrorSituation,
  type Executed,
  GatewayError,
  InvalidInputError,
  isChatlayerError,
  NotExpressibleError,
  NotFoundError,
  PermissionError,
  RateLimitedError,
  RefusalError,
  RejectedError,
  type RequestInfo,
  TableChangedError,
  TimeoutError,
  UnexpectedAnswerError,
  UnknownOutcomeError,
  WriteFailedError,
} from './errors.ts'
export { clientFromEnvironment } from './from-environment.ts'
export { rejectPlaceholder } from './placeholder.ts'
export type { Finding } from './probe/finding.ts'
export type { ProbeOptions, ProbeReport } from './probe/probe.ts'
export type { ProbeExchange, ProbeQuestion, ProbeRecorder } from './probe/trail.ts'
export type { Explanation } from './query/explain.ts'
export { recordFilter } from './query/record-filter.ts'
export { RecordQuery } from './query/record-query.ts'
export type {
  ColumnCondition,
  QueryOptions,
  Sort,
  SortName,
  Where,
} from './query/where-types.ts'
export type {
  ChangedValues,
  ColumnName,
  NewValues,
  RecordValues,
  SelectedValues,
  SelectName,
} from './schema-types.ts'
export type {
  HttpDispatchController,
  HttpDispatcher,
  HttpDispatchHandler,
  HttpDispatchOptions,
} from './send/dispatcher-transport.ts'
export type { Hooks, Logger, RequestEvent, ResponseEvent, RetryEvent } from './send/hooks.ts'
export type {
  OtherPace,
  PaceClients,
  PaceMove,
  PaceReport,
  PaceSharing,
} from './send/pace-sharing.ts'
export { type ProxyInUse, type ProxyRoute, proxyFor, proxyRoute } from './send/proxy.ts'
export type { RawExchange } from './send/raw-exchange.ts'
export { retryAfterOf, type Wait } from './send/retry-after.ts'
export type { ClientStats, SendCheck } from './send/sender.ts'
export type { HeaderValues } from './send/transport.ts'
export { TableHandle } from './table.ts'
export type {
  InsertOneOptions,
  InsertOptions,
  UpdateById,
  UpsertOneOptions,
  UpsertOptions,
  WhereWriteOptions,
  WriteOptions,
  WriteResult,
} from './table-options.ts'
export { parseTableReference, type TableReference } from './table-reference.ts'
export type { Tables } from './tables.ts'
export type {
  CallOptions,
  Change,
  Comparison,
  JsonValue,
  Outcome,
  Problem,
  StoredDifference,
  TableRecord,
  Value,
  Values,
} from './types.ts'
export { parseJson, stringifyJson } from './values/json.ts'
export { nearest } from './values/nearest.ts'
export { compareValues } from './values/order.ts'
export { BulkWrite } from './write/bulk-write.ts'
export { earlierMoment, type GatewayMoment, type Made } from './write/clock.ts'
export type { AnonymousRows, EarlierInserts } from './write/earlier.ts'
export type { WriteIntent, WriteListener } from './write/listener.ts'
export type { Preview, PreviewedChange, RejectedRow } from './write/preview.ts'
export type {
  MatchOptions,
  PreviewOptions,
  Previews,
  UpsertPreviewOptions,
  WherePreviewOptions,
} from './write/previews.ts'
export type { Report } from './write/report.ts'
export type { Rows } from './write/rows.ts'
export { canonicalJson, canonicalValue } from './write/same-values.ts'
