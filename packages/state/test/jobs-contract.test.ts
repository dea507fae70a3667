/** Jobs in PostgreSQL: the tests of every store, with machines that take turns. */
import { testJobStore } from '@chatlayer-tables/transfer/test-job-store-contract'
import { afterAll, beforeAll } from 'vitest'
import { type Machine, Machines, type PostgresServer, startPostgres } from './jobs-setup.ts'

const MACHINES = 3

let server: PostgresServer
let machines: Machines
/** The one that was used last comes last. */
let running: Machine[] = []

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.end())

async function open() {
  const machine =
    running.length < MACHINES ? await machines.machine() : (running.shift() as Machine)
  running.push(machine)
  return machine.store
}

testJobStore('jobs in PostgreSQL', {
  start: async () => {
    machines = await Machines.start(server)
    running = []
  },
  end: () => machines[Symbol.asyncDispose](),
  open,
  async kill(store) {
    const machine = running.find((each) => each.store === store)
    if (machine === undefined) throw new Error('the store is of no machine')
    await machines.cutOff(machine)
    running = running.filter((each) => each !== machine)
    await machine.close()
    return await open()
  },
  runs: 12,
})
