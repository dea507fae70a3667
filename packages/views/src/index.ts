export { toCell } from './cell.ts'
export {
  PAGE_NAMES,
  type PageName,
  pageDigest,
  pageForServer,
  pageHtml,
  pageWithData,
  type ServedPage,
} from './pages.ts'
export type { Cell, ColumnFacts, Fact, TableVersion, ToolCall } from './protocol/cells.ts'
export {
  type ApproveParams,
  CHANGE_KINDS,
  type ChangedTable,
  type ChangeKind,
  type ChangeRow,
  type ChangeRowsPage,
  type ChangeRowsParams,
  type ChangesFacts,
  type ChangesParams,
  type DeclineParams,
  type ProgressPage,
  REVIEW_STATES,
  type ReviewFacts,
  type ReviewState,
  type RowProblem,
  type WriteResult,
} from './protocol/changes.ts'
export type {
  CreatedReview,
  JournalEntry,
  JournalPage,
  JournalParams,
  PreviewUndoParams,
} from './protocol/journal.ts'
export type {
  ColumnProfile,
  GroupsFacts,
  ProfileFacts,
  ProfileParams,
} from './protocol/profile.ts'
export {
  FILTER_OPERATORS,
  type FilterOperator,
  type GroupsParams,
  type RecordFilter,
  type RecordRow,
  type RecordsPage,
  type RecordsParams,
  type TableFacts,
  type TableParams,
} from './protocol/records.ts'
export {
  type EditedValues,
  type EmbeddedData,
  type PreviewEditParams,
  REQUEST_NAMES,
  type RequestError,
  type RequestName,
  type RequestParams,
  type RequestResult,
  type Requests,
} from './protocol/requests.ts'
