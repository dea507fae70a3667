/**
 * Every request of a page, with its parameters and its result. Three hosts carry them: data inside the
 * page, the server of `open`, and an assistant's host by one tool for pages alone.
 */
import type {
  ApproveParams,
  ChangeRowsPage,
  ChangeRowsParams,
  ChangesFacts,
  ChangesParams,
  DeclineParams,
  ProgressPage,
  WriteResult,
} from './changes.ts'
import type { CreatedReview, JournalPage, JournalParams, PreviewUndoParams } from './journal.ts'
import type { GroupsFacts, ProfileFacts, ProfileParams } from './profile.ts'
import type {
  GroupsParams,
  RecordsPage,
  RecordsParams,
  TableFacts,
  TableParams,
} from './records.ts'

export interface Requests {
  /** Tables that the page can switch to. */
  tables: { params: Record<never, never>; result: { tables: readonly TableFacts[] } }
  table: { params: TableParams; result: TableFacts }
  records: { params: RecordsParams; result: RecordsPage }
  groups: { params: GroupsParams; result: GroupsFacts }
  changes: { params: ChangesParams; result: ChangesFacts }
  changeRows: { params: ChangeRowsParams; result: ChangeRowsPage }
  journal: { params: JournalParams; result: JournalPage }
  previewUndo: { params: PreviewUndoParams; result: CreatedReview }
  previewEdit: { params: PreviewEditParams; result: CreatedReview }
  approve: { params: ApproveParams; result: WriteResult }
  decline: { params: DeclineParams; result: WriteResult }
  /** Waits up to some seconds for the next step of an approved write; not asked of assistants' hosts. */
  progress: { params: { review: string; done: number }; result: ProgressPage }
  profile: { params: ProfileParams; result: ProfileFacts }
}

export type RequestName = keyof Requests
export type RequestParams<Name extends RequestName> = Requests[Name]['params']
export type RequestResult<Name extends RequestName> = Requests[Name]['result']

export const REQUEST_NAMES = [
  'tables',
  'table',
  'records',
  'groups',
  'changes',
  'changeRows',
  'journal',
  'previewUndo',
  'previewEdit',
  'approve',
  'decline',
  'progress',
  'profile',
] as const satisfies readonly RequestName[]

/** Creates a review of a write of this page. Values are as typed by the user; null empties a cell. */
export type PreviewEditParams =
  | { readonly table: string; readonly update: string; readonly set: EditedValues }
  | { readonly table: string; readonly insert: EditedValues }
  | { readonly table: string; readonly delete: readonly string[] }

export type EditedValues = Readonly<Record<string, string | null>>

/** Sent in place of a result. */
export interface RequestError {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

/**
 * Data inside a page, by request: a page that is a file answers its own requests from it. Records and
 * change rows are complete, so that sorting, filtering and paging happen in the page.
 */
export interface EmbeddedData {
  readonly table?: TableFacts
  readonly records?: RecordsPage
  readonly groups?: GroupsFacts
  readonly changes?: ChangesFacts
  /** By index of the set. */
  readonly changeRows?: readonly ChangeRowsPage[]
  readonly journal?: JournalPage
  readonly profile?: ProfileFacts
}
