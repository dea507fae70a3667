/** In a process of its own, since what is told to V8 holds for all of it. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const HEAP = fileURLToPath(new URL('../../src/write/heap.ts', import.meta.url))

/** Each object outlives a few collections, as a row does that waits for its answer. */
const PROGRAM = `
  import { getHeapSpaceStatistics } from 'node:v8'
  import { holdHeap, releaseHeap } from ${JSON.stringify(HEAP)}
  const young = () =>
    getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size
  const rows = Array.from({ length: 2_000 })
  const write = (n) => {
    for (let row = 0; row < n; row++) rows[row % rows.length] = Array.from({ length: 100 }, () => ({}))
  }
  const writes = [{}, {}]
  for (let n = 0; n < 1_000 && young() < 16 * 2 ** 20; n++) write(1_000)
  const before = young()
  for (const each of writes) for (let row = 0; row < 1_000; row++) holdHeap(each, row)
  write(30_000)
  const held = young()
  releaseHeap(writes[0])
  write(30_000)
  const stillHeld = young()
  releaseHeap(writes[1])
  write(60_000)
  console.log(JSON.stringify({ before, held, stillHeld, released: young() }))
`

async function run(flags: readonly string[] = []) {
  const args = [...flags, '--input-type=module', '--eval', PROGRAM]
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  return JSON.parse(stdout)
}

test('the young generation does not grow while a long write lasts', async () => {
  const { before, held, stillHeld, released } = await run()
  expect(held).toBe(before)
  expect(stillHeld).toBe(before)
  expect(released).toBeGreaterThan(before)
})

test('a program that says how large its heap is to be is left alone', async () => {
  const { before, held } = await run(['--max-semi-space-size=64'])
  expect(held).toBeGreaterThan(before)
})
