/** Runs separate processes, since flags of V8 apply to a whole process. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const MODULE = new URL('../src/heap-growth.ts', import.meta.url).href

/** Objects that survive a few collections, like rows waiting for responses. */
const PROGRAM = `
  import { getHeapSpaceStatistics } from 'node:v8'
  const { limitHeapGrowth } = await import(process.env.MODULE)
  limitHeapGrowth(process)
  const young = () =>
    getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size
  const rows = Array.from({ length: 2_000 })
  const work = (n) => {
    for (let row = 0; row < n; row++) rows[row % rows.length] = Array.from({ length: 100 }, () => ({}))
  }
  for (let n = 0; n < 1_000 && young() < 16 * 2 ** 20; n++) work(1_000)
  await new Promise((resolve) => setTimeout(resolve, 300))
  // It may grow once more, as the collection before decided.
  work(1_000)
  const before = young()
  work(8_000)
  console.log(JSON.stringify({ before, after: young() }))
`

async function run(flags: readonly string[], options = '') {
  const args = [...flags, '--input-type=module', '--eval', PROGRAM]
  const env = { ...process.env, NODE_OPTIONS: options, MODULE }
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  return JSON.parse(stdout)
}

test('the young generation stops growing', async () => {
  const { before, after } = await run([])
  expect(after).toBe(before)
})

test.each([
  [['--max-semi-space-size=64'], ''],
  [[], '--max-semi-space-size=64'],
])('heap flags that the user has set are kept: %j %j', async (flags, options) => {
  const { before, after } = await run(flags, options)
  expect(after).toBeGreaterThan(before)
})
