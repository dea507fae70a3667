export type { Calls, EarlierCall, EarlierWrite, HeldCall, TakeCallOptions } from './calls.ts'
export type { ChangesRef, JournalSituation } from './catalog.ts'
export type { ChangeSet } from './change-set.ts'
export {
  type Journal,
  type JournalLimits,
  type JournalOptions,
  type JournalPlace,
  openJournal,
} from './journal.ts'
export type {
  ChangeQuery,
  JournalStore,
  PresentTime,
  SetQuery,
  StoredCall,
  StoreWrite,
} from './journal-store.ts'
export type { RedactHow, RedactRule } from './redact.ts'
export type { Pruned, RetentionOptions } from './retention.ts'
export { type JournalSettings, settingsFromEnvironment } from './settings.ts'
export { hasJournal } from './sqlite/database.ts'
export { mayNeedRecovery } from './sqlite/writers-folder.ts'
export type {
  ChangeCounts,
  ChangeKind,
  ChangePage,
  ChangeSetFacts,
  ChangeSetFilter,
  ChangeSetStatus,
  ChangeSetSummary,
  ChangeStatus,
  JournalConnection,
  JournalTable,
  RecordedChange,
  RecordedDifference,
  RecoverOptions,
  Recovery,
  UndoCounts,
  UndoJobReport,
  UndoProblem,
  UndoReport,
} from './types.ts'
export type {
  PlannedUndo,
  UndoJobPreview,
  UndoOptions,
  UndoPreview,
  UndoPreviewOptions,
} from './undo.ts'
export type { UndoSelection } from './undo-selection.ts'
