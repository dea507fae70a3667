export type { ChangesRef, JournalSituation } from './catalog.ts'
export type { ChangeSet } from './change-set.ts'
export { hasJournal } from './database.ts'
export {
  type Journal,
  type JournalOptions,
  mayNeedRecovery,
  openJournal,
  type PlannedUndo,
  type RecoverOptions,
  type UndoJobPreview,
  type UndoOptions,
  type UndoPreview,
  type UndoPreviewOptions,
} from './journal.ts'
export type { RedactHow, RedactRule } from './redact.ts'
export type { Pruned, RetentionOptions } from './retention.ts'
export { type JournalSettings, settingsFromEnvironment } from './settings.ts'
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
  Recovery,
  UndoCounts,
  UndoJobReport,
  UndoProblem,
  UndoReport,
} from './types.ts'
export type { UndoSelection } from './undo-selection.ts'
