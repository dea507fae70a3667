export {
  actionTypeOf,
  deleteAction,
  describeFilter,
  type FilterColumn,
  fieldColumn,
  insertAction,
  RECORD_FIELDS,
  type RecordField,
  recordFieldColumn,
  recordsOf,
  selectAction,
  undeclaredFilter,
  updateAction,
  wireField,
  wireFilter,
} from './actions.ts'
export {
  AUTHORIZATION_HEADER,
  basicAuthorization,
  TokenError,
  tokenOfAuthorization,
} from './auth.ts'
export { COLUMN_TYPES, ColumnType, columnTypeOf } from './column-types.ts'
export {
  DEFAULT_DIALECT,
  Dialect,
  type DialectInput,
  type DialectSetting,
  dialectSettings,
} from './dialect.ts'
export {
  CUSTOMER_PAGE,
  DATA_PAGE,
  type Endpoint,
  type EndpointParams,
  type EndpointQuery,
  type EndpointResponse,
  type Endpoints,
  endpoints,
  type OperationId,
} from './endpoints.ts'
export { type GatewayMessage, messageForm, readErrorBody } from './error-body.ts'
export { assumptions, type Fact, type FactId, facts, openQuestions, settingFact } from './facts.ts'
export { type Misfit, readResponse } from './fit.ts'
export {
  errorBody,
  pageText,
  type ReceivedAction,
  type ReceivedField,
  type ReceivedFilter,
  receiveAction,
  recordText,
  wireCustomer,
} from './gateway-side.ts'
export { type ListEncoding, readList, writeList } from './list-encoding.ts'
export { buildOpenApi } from './openapi.ts'
export {
  OPERATOR_WORDS,
  OPERATORS,
  type OperatorWord,
  operatorWord,
  UNDECLARED_OPERATORS,
} from './operators.ts'
export { fillPath, PathParameterError } from './paths.ts'
export { RATE_LIMIT_FIELDS, RATE_LIMIT_HEADERS, RETRY_AFTER_HEADER } from './rate-limit.ts'
export {
  API_PREFIX,
  BaseUrlError,
  type Gateway,
  isLoopback,
  parseBaseUrl,
  REGION_NAMES,
  REGIONS,
  type Region,
  regionGateway,
} from './regions.ts'
export {
  OWN_COLUMNS,
  REQUEST_PLACES,
  RESPONSE_PLACES,
  type ReportPlace,
} from './report-places.ts'
export {
  ActionResponse,
  type Customer,
  CustomerListResponse,
  RecordResponse,
  type Table,
  TableDataResponse,
  TableGetResponse,
  TableListResponse,
  TableResponse,
  type WireRecord,
} from './responses.ts'
export {
  ACTION_TYPES,
  type ActionType,
  type Column,
  ErrorBody,
  type Field,
  type Filter,
  isWriteAction,
  TableAction,
  TableActionWithNull,
  VERSIONS,
  Version,
} from './schemas.ts'
export { listStandings, type Standing, type StandingNote, standingOf } from './standing.ts'
