export {
  type OpenDatabaseOptions,
  openDatabase,
  temporaryFolder,
  transaction,
  usingTemporaryFolder,
} from './database.ts'
export {
  checkFolder,
  checkPrivateFolder,
  createPrivateFile,
  ensureFolder,
  ensurePrivateFolder,
  isRegularFile,
} from './folder.ts'
export { Lock, tryLock } from './lock.ts'
export { type PackedId, packId, unpackId } from './record-id.ts'
export {
  readSmallFile,
  readSmallFileSync,
  readSmallStream,
  SmallFileError,
  type SmallFileOptions,
  type SmallFileProblem,
} from './small-file.ts'
export { type PlatformInfo, stateFolder } from './state-folder.ts'
export {
  asStorageError,
  StorageError,
  type StorageErrorKind,
  type StorageErrorOptions,
  type StorageSituation,
  storageErrorIn,
  storageErrorOf,
} from './storage-error.ts'
export {
  TableLockedError,
  type TableLockOptions,
  type TableLockTarget,
  takeTableLock,
} from './table-lock.ts'
