export {
  createDatabase,
  createDatabaseInTurns,
  type OpenDatabaseOptions,
  openDatabase,
  openTemporaryDatabase,
  removeDatabase,
  temporaryFolder,
  transaction,
  usingTemporaryFolder,
} from './database.ts'
export { parseDuration } from './duration.ts'
export {
  checkFolder,
  checkPrivateFolder,
  ensureFolder,
  ensurePrivateFolder,
} from './folder.ts'
export { Lock, type PollOptions, type TakeLockOptions, takeLock, tryLock } from './lock.ts'
export { LockFolder, lockNames } from './lock-folder.ts'
export { type HeldLock, type LockHolder, type Locks, takeNew, takeWhenFree } from './locks.ts'
export { cacheFolder, configFolder, type PlatformInfo, stateFolder } from './platform-folders.ts'
export {
  createPrivateFile,
  isRegularFile,
  replacePrivateFile,
  syncFolder,
  writePrivateFile,
} from './private-file.ts'
export { type PackedId, packId, unpackId } from './record-id.ts'
export {
  readSmallFile,
  readSmallFileSync,
  readSmallStream,
  SmallFileError,
  type SmallFileOptions,
  type SmallFileProblem,
} from './small-file.ts'
export {
  asStorageError,
  reportStorageErrors,
  StorageError,
  type StorageErrorKind,
  type StorageErrorOptions,
  type StorageSituation,
  storageErrorIn,
  storageErrorOf,
} from './storage-error.ts'
export {
  holderText,
  TableLockedError,
  type TableLockOptions,
  type TableLockTarget,
  tableLockName,
  takeTableLock,
} from './table-lock.ts'
export { homeFolder, STATE_FOLDER_HINT, userStateFolder } from './user-folders.ts'
