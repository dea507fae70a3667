/** Where each command is; loaded when it is run, so that help and version need none of them. */
import type { Context } from '../context.ts'
import type { CommandName, OptionsOf } from '../invocation.ts'

type Loaders = {
  [N in CommandName]: () => Promise<(options: OptionsOf<N>, context: Context) => Promise<number>>
}

export const commands: Loaders = {
  'tables list': async () => (await import('./tables/list/run.ts')).run,
  'tables get': async () => (await import('./tables/get/run.ts')).run,
  'records list': async () => (await import('./records/list/run.ts')).run,
  'records count': async () => (await import('./records/count/run.ts')).run,
  'records get': async () => (await import('./records/get/run.ts')).run,
  'records watch': async () => (await import('./records/watch/run.ts')).run,
  'records insert': async () => (await import('./records/insert/run.ts')).run,
  'records upsert': async () => (await import('./records/upsert/run.ts')).run,
  'records update': async () => (await import('./records/update/run.ts')).run,
  'records delete': async () => (await import('./records/delete/run.ts')).run,
  import: async () => (await import('./import/run.ts')).run,
  'jobs list': async () => (await import('./jobs/list/run.ts')).run,
  'jobs show': async () => (await import('./jobs/show/run.ts')).run,
  'jobs resume': async () => (await import('./jobs/resume/run.ts')).run,
  'jobs rm': async () => (await import('./jobs/rm/run.ts')).run,
  diff: async () => (await import('./diff/run.ts')).run,
  sync: async () => (await import('./sync/run.ts')).run,
  'changes list': async () => (await import('./changes/list/run.ts')).run,
  'changes show': async () => (await import('./changes/show/run.ts')).run,
  'changes undo': async () => (await import('./changes/undo/run.ts')).run,
  'changes prune': async () => (await import('./changes/prune/run.ts')).run,
  infer: async () => (await import('./infer/run.ts')).run,
  export: async () => (await import('./export/run.ts')).run,
  'auth login': async () => (await import('./auth/login/run.ts')).run,
  'auth status': async () => (await import('./auth/status/run.ts')).run,
  'auth list': async () => (await import('./auth/list/run.ts')).run,
  'auth switch': async () => (await import('./auth/switch/run.ts')).run,
  'auth logout': async () => (await import('./auth/logout/run.ts')).run,
  doctor: async () => (await import('./doctor/run.ts')).run,
  try: async () => (await import('./try/run.ts')).run,
  backup: async () => (await import('./backup/run.ts')).run,
  'backup show': async () => (await import('./backup/show/run.ts')).run,
  'backup verify': async () => (await import('./backup/verify/run.ts')).run,
  restore: async () => (await import('./restore/run.ts')).run,
  sql: async () => (await import('./sql/run.ts')).run,
  profile: async () => (await import('./profile/run.ts')).run,
  types: async () => (await import('./types/run.ts')).run,
  'mcp install': async () => (await import('./mcp/install/run.ts')).run,
  completion: async () => (await import('./completion/run.ts')).run,
  emulator: async () => (await import('./emulator/run.ts')).run,
}
