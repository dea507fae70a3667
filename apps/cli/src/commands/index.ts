/** Where each command is; loaded when it is run, so that help and version need none of them. */
import type { Context } from '../context.ts'
import type { CommandName, OptionsOf } from '../invocation.ts'

type Loaders = {
  [N in CommandName]: () => Promise<(options: OptionsOf<N>, context: Context) => Promise<number>>
}

export const commands: Loaders = {
  'tables list': async () => (await import('./tables.ts')).listTables,
  'tables get': async () => (await import('./tables.ts')).getTable,
  'records list': async () => (await import('./records-read.ts')).listRecords,
  'records count': async () => (await import('./records-count.ts')).countRecords,
  'records get': async () => (await import('./records-read.ts')).getRecords,
  'records watch': async () => (await import('./records-watch.ts')).watchRecords,
  'records insert': async () => (await import('./records-insert.ts')).insertRecords,
  'records upsert': async () => (await import('./records-upsert.ts')).upsertRecords,
  'records update': async () => (await import('./records-change.ts')).updateRecords,
  'records delete': async () => (await import('./records-change.ts')).deleteRecords,
  import: async () => (await import('./import.ts')).importTable,
  'jobs list': async () => (await import('./jobs.ts')).listJobs,
  'jobs show': async () => (await import('./jobs.ts')).showJob,
  'jobs resume': async () => (await import('./jobs.ts')).resumeJob,
  'jobs rm': async () => (await import('./jobs.ts')).removeJobs,
  diff: async () => (await import('./diff.ts')).diff,
  sync: async () => (await import('./sync.ts')).sync,
  'changes list': async () => (await import('./changes.ts')).listChanges,
  'changes show': async () => (await import('./changes.ts')).showChanges,
  'changes undo': async () => (await import('./changes.ts')).undoChanges,
  'changes prune': async () => (await import('./changes.ts')).pruneChanges,
  infer: async () => (await import('./infer.ts')).inferFile,
  export: async () => (await import('./export.ts')).exportRecords,
  'auth login': async () => (await import('./auth-login.ts')).login,
  'auth status': async () => (await import('./auth-status.ts')).status,
  'auth list': async () => (await import('./auth-profiles.ts')).listProfiles,
  'auth switch': async () => (await import('./auth-profiles.ts')).switchProfile,
  'auth logout': async () => (await import('./auth-profiles.ts')).logout,
  doctor: async () => (await import('./doctor.ts')).examine,
  try: async () => (await import('./try.ts')).tryOut,
  backup: async () => (await import('./backup.ts')).backupTables,
  'backup show': async () => (await import('./backup-read.ts')).showBackup,
  'backup verify': async () => (await import('./backup-read.ts')).verifyArchive,
  restore: async () => (await import('./restore.ts')).restoreTables,
  sql: async () => (await import('./sql.ts')).runSql,
  profile: async () => (await import('./profile.ts')).profileTable,
  types: async () => (await import('./types.ts')).writeTypes,
  'mcp install': async () => (await import('./mcp-install.ts')).installMcp,
  completion: async () => (await import('./completion.ts')).printCompletion,
  emulator: async () => (await import('./emulator.ts')).runEmulator,
}
