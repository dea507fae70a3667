/** The change sets of several machines pass the tests of every store. */
import { storeContract } from '@chatlayer-tables/journal/test-store-contract'
import { type PostgresServer, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { afterAll, beforeAll } from 'vitest'
import { SharedState } from '../src/shared-state.ts'

let server: PostgresServer
let states: SharedState[]

beforeAll(async () => {
  server = await startPostgres()
  const open = () =>
    SharedState.open({ address: server.url(), env: {}, folder: '', program: 'test' })
  states = [await open(), await open()]
})

afterAll(async () => {
  for (const state of states) await state.close()
  await server.end()
})

let opened = 0
storeContract('change sets in PostgreSQL', {
  async start() {
    const tables = ['sets', 'changes', 'renamed', 'altered', 'calls'].map((n) => `journal_${n}`)
    await states[0]?.database.query(`truncate ${tables}`)
  },
  open: () => {
    const state = states[opened++ % 2]
    if (state === undefined) throw new Error('no state')
    return state.journalStore()
  },
  end: async () => undefined,
  runs: 40,
})
