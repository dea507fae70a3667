/** Where each command is; loaded when it is run, so that help and version need none of them. */
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import type { CommandName, OptionsOf } from '../invocation.ts'

type Loaders = {
  [N in CommandName]: () => Promise<(options: OptionsOf<N>, context: Context) => Promise<ExitCode>>
}

export const commands: Loaders = {
  'tables list': async () => (await import('./tables.ts')).listTables,
  'tables get': async () => (await import('./tables.ts')).getTable,
  'records list': async () => (await import('./records-read.ts')).listRecords,
  'records get': async () => (await import('./records-read.ts')).getRecords,
  'records insert': async () => (await import('./records-insert.ts')).insertRecords,
  'records update': async () => (await import('./records-change.ts')).updateRecords,
  'records delete': async () => (await import('./records-change.ts')).deleteRecords,
  import: async () => (await import('./import.ts')).importTable,
  'jobs list': async () => (await import('./jobs.ts')).listJobs,
  'jobs show': async () => (await import('./jobs.ts')).showJob,
  'jobs resume': async () => (await import('./jobs.ts')).resumeJob,
  'jobs rm': async () => (await import('./jobs.ts')).removeJobs,
  infer: async () => (await import('./infer.ts')).inferFile,
  export: async () => (await import('./export.ts')).exportTable,
  'mcp install': async () => (await import('./mcp-install.ts')).installMcp,
  emulator: async () => (await import('./emulator.ts')).runEmulator,
}
