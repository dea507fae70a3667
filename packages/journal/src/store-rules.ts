/**
 * What the implementations of {@link JournalStore} have in common: the codes, numbers and texts of rows,
 * the counters of sets, and which sets are too old.
 */
export type {
  ChangeQuery,
  JournalStore,
  PresentTime,
  SetQuery,
  StoredCall,
  StoreWrite,
} from './journal-store.ts'
export { type AgedSet, type Pruned, type Retention, tooOld } from './retention.ts'
export { type Counter, countersOf } from './set-counts.ts'
export {
  changeOf,
  type Ending,
  firstOf,
  hiddenText,
  kindCode,
  lastOf,
  momentOf,
  type NewChange,
  type State,
  type StoredChange,
  setOf,
  stateCode,
} from './stored-change.ts'
export { type NewSet, type StoredSet, setOfRow, type Target } from './stored-set.ts'
export { contentHash, keptToText, valuesToText } from './stored-values.ts'
export type { JournalTable } from './types.ts'
