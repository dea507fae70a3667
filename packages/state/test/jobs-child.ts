/** An import in a process of its own, to be killed by a test. */
import { dirname } from 'node:path'
import { createClient } from '@chatlayer-tables/core'
import { importFile } from '@chatlayer-tables/transfer'
import { Database } from '../src/database.ts'
import { openJobs } from '../src/jobs/open-jobs.ts'
import { Sessions } from '../src/sessions.ts'

interface Settings {
  /** Of the database. */
  readonly address: string
  /** Of the gateway. */
  readonly url: string
  readonly token: string
  readonly connection: { readonly origin: string; readonly teamId: string; readonly botId: string }
  readonly path: string
  readonly folder: string
}

const settings = JSON.parse(process.argv[2] ?? '') as Settings
const { address, url: baseUrl, token, connection, path, folder } = settings
const { teamId, botId } = connection
const database = new Database({ address, env: {} })
const sessions = await Sessions.open(database, { address, env: {} }, { program: 'child' })
await importFile({
  table: createClient({ baseUrl, token, teamId, botId }).table('stores'),
  connection,
  store: openJobs(database, sessions, { folder, env: {} }),
  input: { path },
  settings: { mode: 'insert', outDir: dirname(path) },
})
throw new Error('the import ended before the process was killed')
