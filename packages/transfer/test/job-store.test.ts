/** Jobs in a folder of one machine. */
import { cpSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JobStore } from '@chatlayer-tables/transfer'
import { testJobStore } from './job-store-contract.ts'

let folder: string
let current: string
let copies = 0

testJobStore('jobs in a folder', {
  start: async () => {
    folder = await mkdtemp(join(tmpdir(), 'job-store-'))
    current = join(folder, 'jobs')
  },
  end: () => rm(folder, { recursive: true }),
  open: async () => new JobStore(current),
  async kill(store) {
    // The process that is gone writes to its own folder, which nobody reads.
    current = join(folder, `killed-${++copies}`)
    cpSync(store.folder, current, { recursive: true })
    return new JobStore(current)
  },
  runs: 60,
})
