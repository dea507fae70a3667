/** Feeds one parser, input after input, and says where it is; see fuzz.mjs. */
import { parentPort, workerData } from 'node:worker_threads'
import { diceOf } from './fuzz-mutate.mjs'
import { createTargets, isDocumented } from './fuzz-targets.mjs'

const { name, seed, first, most, folder, shared } = workerData
/** Which input is being read, and how many bytes it has; 0 bytes between two. */
const state = new Int32Array(shared)

const { [name]: target } = await createTargets(folder)
if (target === undefined) throw new Error(`there is no target ${name}`)
parentPort?.postMessage({ kind: 'ready' })
let failures = 0
for (let number = first; failures < most; number += 1) {
  const bytes = target.input(diceOf(seed + number))
  Atomics.store(state, 0, number)
  Atomics.store(state, 1, Math.max(1, bytes.length))
  try {
    await target.run(bytes)
  } catch (error) {
    if (!isDocumented(error)) {
      const trouble = error instanceof Error ? error.stack : String(error)
      parentPort?.postMessage({ kind: 'crash', number, trouble })
      failures += 1
    }
  }
  Atomics.store(state, 1, 0)
}
