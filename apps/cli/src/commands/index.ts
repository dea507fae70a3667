/** Where each command is; loaded when it is run, so that help and version need none of them. */
import type { Context } from '../context.ts'
import type { CommandName, OptionsOf } from '../invocation.ts'

type Loaders = {
  [N in CommandName]: () => Promise<(options: OptionsOf<N>, context: Context) => Promise<number>>
}

export const commands: Loaders = {
  'tables list': async () => (await import('./tables/list/run.ts')).listTables,
  'tables get': async () => (await import('./tables/list/run.ts')).getTable,
  'records list': async () => (await import('./records/list/run.ts')).listRecords,
  'records count': async () => (await import('./records/count/run.ts')).countRecords,
  'records get': async () => (await import('./records/list/run.ts')).getRecords,
  'records watch': async () => (await import('./records/watch/run.ts')).watchRecords,
  'records insert': async () => (await import('./records/insert/run.ts')).insertRecords,
  'records upsert': async () => (await import('./records/upsert/run.ts')).upsertRecords,
  'records update': async () => (await import('./records/change.ts')).updateRecords,
  'records delete': async () => (await import('./records/change.ts')).deleteRecords,
  import: async () => (await import('./import/run.ts')).importTable,
  'jobs list': async () => (await import('./jobs/list/run.ts')).listJobs,
  'jobs show': async () => (await import('./jobs/list/run.ts')).showJob,
  'jobs resume': async () => (await import('./jobs/list/run.ts')).resumeJob,
  'jobs rm': async () => (await import('./jobs/list/run.ts')).removeJobs,
  diff: async () => (await import('./diff/run.ts')).diff,
  sync: async () => (await import('./sync/run.ts')).sync,
  'changes list': async () => (await import('./changes/undo/run.ts')).listChanges,
  'changes show': async () => (await import('./changes/undo/run.ts')).showChanges,
  'changes undo': async () => (await import('./changes/undo/run.ts')).undoChanges,
  'changes prune': async () => (await import('./changes/undo/run.ts')).pruneChanges,
  infer: async () => (await import('./infer/run.ts')).inferFile,
  export: async () => (await import('./export/run.ts')).exportRecords,
  'auth login': async () => (await import('./auth/login/run.ts')).login,
  'auth status': async () => (await import('./auth/status/run.ts')).status,
  'auth list': async () => (await import('./auth/list/run.ts')).listProfiles,
  'auth switch': async () => (await import('./auth/list/run.ts')).switchProfile,
  'auth logout': async () => (await import('./auth/list/run.ts')).logout,
  doctor: async () => (await import('./doctor/run.ts')).examine,
  try: async () => (await import('./try/run.ts')).tryOut,
  backup: async () => (await import('./backup/run.ts')).backupTables,
  'backup show': async () => (await import('./backup/verify/run.ts')).showBackup,
  'backup verify': async () => (await import('./backup/verify/run.ts')).verifyArchive,
  restore: async () => (await import('./restore/run.ts')).restoreTables,
  sql: async () => (await import('./sql/run.ts')).runSql,
  profile: async () => (await import('./profile/run.ts')).profileTable,
  types: async () => (await import('./types/run.ts')).writeTypes,
  'mcp install': async () => (await import('./mcp/install/run.ts')).installMcp,
  completion: async () => (await import('./completion/run.ts')).printCompletion,
  emulator: async () => (await import('./emulator/run.ts')).runEmulator,
}
