/** The change sets of one machine pass the tests of every store. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../src/sqlite/store.ts'
import { storeContract } from './store-contract.ts'

let folder = ''

storeContract('change sets in SQLite', {
  async start() {
    folder = await mkdtemp(join(tmpdir(), 'journal-store-'))
  },
  open: async () => openSqliteStore(join(folder, 'journal')),
  end: () => rm(folder, { recursive: true, force: true }),
  runs: 60,
})
