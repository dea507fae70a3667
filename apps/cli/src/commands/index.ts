/** All commands, in the order of the help. The code of a command is loaded when it runs. */
import { command } from '../define-command.ts'
import { definition as apply } from './apply/definition.ts'
import { definition as authList } from './auth/list/definition.ts'
import { definition as authLogin } from './auth/login/definition.ts'
import { definition as authLogout } from './auth/logout/definition.ts'
import { definition as authStatus } from './auth/status/definition.ts'
import { definition as authSwitch } from './auth/switch/definition.ts'
import { definition as backup } from './backup/definition.ts'
import { definition as backupShow } from './backup/show/definition.ts'
import { definition as backupVerify } from './backup/verify/definition.ts'
import { definition as changesList } from './changes/list/definition.ts'
import { definition as changesPrune } from './changes/prune/definition.ts'
import { definition as changesShow } from './changes/show/definition.ts'
import { definition as changesUndo } from './changes/undo/definition.ts'
import { definition as completion } from './completion/definition.ts'
import { definition as connectionsAdd } from './connections/add/definition.ts'
import { definition as connectionsList } from './connections/list/definition.ts'
import { definition as connectionsRm } from './connections/rm/definition.ts'
import { definition as connectionsTest } from './connections/test/definition.ts'
import { definition as dedupe } from './dedupe/definition.ts'
import { definition as diff } from './diff/definition.ts'
import { definition as doctor } from './doctor/definition.ts'
import { definition as emulator } from './emulator/definition.ts'
import { definition as exportTable } from './export/definition.ts'
import { definition as importFile } from './import/definition.ts'
import { definition as infer } from './infer/definition.ts'
import { definition as init } from './init/definition.ts'
import { definition as jobsCancel } from './jobs/cancel/definition.ts'
import { definition as jobsList } from './jobs/list/definition.ts'
import { definition as jobsLogs } from './jobs/logs/definition.ts'
import { definition as jobsResume } from './jobs/resume/definition.ts'
import { definition as jobsRm } from './jobs/rm/definition.ts'
import { definition as jobsShow } from './jobs/show/definition.ts'
import { definition as mcpInstall } from './mcp/install/definition.ts'
import { definition as mirror } from './mirror/definition.ts'
import { definition as open } from './open/definition.ts'
import { definition as plan } from './plan/definition.ts'
import { definition as profile } from './profile/definition.ts'
import { definition as recordsCopy } from './records/copy/definition.ts'
import { definition as recordsCount } from './records/count/definition.ts'
import { definition as recordsDelete } from './records/delete/definition.ts'
import { definition as recordsEdit } from './records/edit/definition.ts'
import { definition as recordsGet } from './records/get/definition.ts'
import { definition as recordsInsert } from './records/insert/definition.ts'
import { definition as recordsList } from './records/list/definition.ts'
import { definition as recordsReplace } from './records/replace/definition.ts'
import { definition as recordsUpdate } from './records/update/definition.ts'
import { definition as recordsUpsert } from './records/upsert/definition.ts'
import { definition as recordsWatch } from './records/watch/definition.ts'
import { definition as restore } from './restore/definition.ts'
import { definition as review } from './review/definition.ts'
import { definition as runSyncs } from './run/definition.ts'
import { definition as schemaCheck } from './schema/check/definition.ts'
import { definition as schemaJson } from './schema/json/definition.ts'
import { definition as schemaPull } from './schema/pull/definition.ts'
import { definition as sql } from './sql/definition.ts'
import { definition as stateGrant } from './state/grant/definition.ts'
import { definition as stateMigrate } from './state/migrate/definition.ts'
import { definition as statePrune } from './state/prune/definition.ts'
import { definition as stateStatus } from './state/status/definition.ts'
import { definition as sync } from './sync/definition.ts'
import { definition as tablesGet } from './tables/get/definition.ts'
import { definition as tablesList } from './tables/list/definition.ts'
import { definition as tryCommands } from './try/definition.ts'
import { definition as types } from './types/definition.ts'
import { definition as version } from './version/definition.ts'
import { definition as worker } from './worker/definition.ts'

export const COMMANDS = [
  command(authLogin, () => import('./auth/login/run.ts')),
  command(authStatus, () => import('./auth/status/run.ts')),
  command(authList, () => import('./auth/list/run.ts')),
  command(authSwitch, () => import('./auth/switch/run.ts')),
  command(authLogout, () => import('./auth/logout/run.ts')),
  command(connectionsAdd, () => import('./connections/add/run.ts')),
  command(connectionsList, () => import('./connections/list/run.ts')),
  command(connectionsTest, () => import('./connections/test/run.ts')),
  command(connectionsRm, () => import('./connections/rm/run.ts')),
  command(tablesList, () => import('./tables/list/run.ts')),
  command(tablesGet, () => import('./tables/get/run.ts')),
  command(recordsList, () => import('./records/list/run.ts')),
  command(recordsCount, () => import('./records/count/run.ts')),
  command(recordsGet, () => import('./records/get/run.ts')),
  command(recordsWatch, () => import('./records/watch/run.ts')),
  command(recordsInsert, () => import('./records/insert/run.ts')),
  command(recordsUpsert, () => import('./records/upsert/run.ts')),
  command(recordsCopy, () => import('./records/copy/run.ts')),
  command(recordsUpdate, () => import('./records/update/run.ts')),
  command(recordsEdit, () => import('./records/edit/run.ts')),
  command(recordsReplace, () => import('./records/replace/run.ts')),
  command(recordsDelete, () => import('./records/delete/run.ts')),
  command(dedupe, () => import('./dedupe/run.ts')),
  command(importFile, () => import('./import/run.ts')),
  command(infer, () => import('./infer/run.ts')),
  command(diff, () => import('./diff/run.ts')),
  command(sync, () => import('./sync/run.ts')),
  command(init, () => import('./init/run.ts')),
  command(plan, () => import('./plan/run.ts')),
  command(apply, () => import('./apply/run.ts')),
  command(review, () => import('./review/run.ts')),
  command(runSyncs, () => import('./run/run.ts')),
  command(worker, () => import('./worker/run.ts')),
  command(schemaPull, () => import('./schema/pull/run.ts')),
  command(schemaCheck, () => import('./schema/check/run.ts')),
  command(schemaJson, () => import('./schema/json/run.ts')),
  command(jobsList, () => import('./jobs/list/run.ts')),
  command(jobsShow, () => import('./jobs/show/run.ts')),
  command(jobsLogs, () => import('./jobs/logs/run.ts')),
  command(jobsResume, () => import('./jobs/resume/run.ts')),
  command(jobsCancel, () => import('./jobs/cancel/run.ts')),
  command(jobsRm, () => import('./jobs/rm/run.ts')),
  command(exportTable, () => import('./export/run.ts')),
  command(mirror, () => import('./mirror/run.ts')),
  command(doctor, () => import('./doctor/run.ts')),
  command(tryCommands, () => import('./try/run.ts')),
  command(backup, () => import('./backup/run.ts')),
  command(backupShow, () => import('./backup/show/run.ts')),
  command(backupVerify, () => import('./backup/verify/run.ts')),
  command(restore, () => import('./restore/run.ts')),
  command(changesList, () => import('./changes/list/run.ts')),
  command(changesShow, () => import('./changes/show/run.ts')),
  command(changesUndo, () => import('./changes/undo/run.ts')),
  command(changesPrune, () => import('./changes/prune/run.ts')),
  command(stateStatus, () => import('./state/status/run.ts')),
  command(stateMigrate, () => import('./state/migrate/run.ts')),
  command(stateGrant, () => import('./state/grant/run.ts')),
  command(statePrune, () => import('./state/prune/run.ts')),
  command(sql, () => import('./sql/run.ts')),
  command(open, () => import('./open/run.ts')),
  command(profile, () => import('./profile/run.ts')),
  command(types, () => import('./types/run.ts')),
  command(mcpInstall, () => import('./mcp/install/run.ts')),
  command(version, () => import('./version/run.ts')),
  command(completion, () => import('./completion/run.ts')),
  command(emulator, () => import('./emulator/run.ts')),
] as const

export type CommandName = (typeof COMMANDS)[number]['definition']['name']

/** Groups of commands and their descriptions. A group is not a command itself. */
export const GROUPS: Readonly<Record<string, string>> = {
  auth: 'sign in and manage profiles, the saved connections to bots',
  connections: 'manage saved connections to databases and HTTP APIs',
  tables: 'show the tables of a bot',
  records: 'read and write the records of a table',
  jobs: 'manage import, sync, restore and queued jobs',
  changes: 'list past changes and undo them',
  state: 'manage the database in which several machines share changes, jobs and locks',
  schema: 'expected columns of tables, and the JSON Schema of chatlayer.yaml',
  mcp: 'set up the MCP server for AI assistants',
}
