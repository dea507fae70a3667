/** The tests that every store of change sets passes. */
import { afterEach, beforeEach, describe } from 'vitest'
import { describeAnyWrites } from './store-contract/any-writes.ts'
import { describeCalls } from './store-contract/calls.ts'
import { describeCommits } from './store-contract/commits.ts'
import { describeFinding } from './store-contract/finding.ts'
import { describeProcesses } from './store-contract/processes.ts'
import { describeRetention } from './store-contract/retention.ts'
import { Process, type StoreSetup } from './store-contract/support.ts'
import { describeValues } from './store-contract/values.ts'

export type { StoreSetup } from './store-contract/support.ts'

export function storeContract(name: string, setup: StoreSetup): void {
  describe(name, () => {
    const started: Process[] = []
    const start = async (): Promise<Process> => {
      const process = await Process.start(await setup.open())
      started.push(process)
      return process
    }
    const stop = async (): Promise<void> => {
      for (const process of started.splice(0)) await process.end()
      await setup.end()
    }

    beforeEach(() => setup.start())
    afterEach(stop)

    describe('commits', () => describeCommits(start))
    describe('finding', () => describeFinding(start))
    describe('calls', () => describeCalls(start))
    describe('values', () => describeValues(start))
    describe('retention', () => describeRetention(start))
    describe('processes', () => describeProcesses(start))
    describe('any writes', () => {
      const restart = async (): Promise<void> => {
        await stop()
        await setup.start()
      }
      describeAnyWrites(start, restart, setup.runs)
    })
  })
}
