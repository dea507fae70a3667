/** Runs one parser on input after input, and reports its position; see fuzz.mjs. */
import { parentPort, workerData } from 'node:worker_threads'
import { diceOf } from './fuzz-mutate.mjs'
import { createTargets, isDocumented } from './fuzz-targets.mjs'

const { name, seed, first, maxFailures, limitMs, folder, shared } = workerData
/** The number of the current input, and its size in bytes; 0 between two inputs. */
const state = new Int32Array(shared)

/** CPU time of this thread, without that of other programs. */
function cpuMs() {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

const { [name]: target } = await createTargets(folder)
if (target === undefined) throw new Error(`unknown target ${name}`)
parentPort?.postMessage({ kind: 'ready' })
let failures = 0
for (let number = first; failures < maxFailures; number += 1) {
  const bytes = target.input(diceOf(seed + number))
  Atomics.store(state, 0, number)
  Atomics.store(state, 1, Math.max(1, bytes.length))
  const begun = cpuMs()
  let problem
  try {
    await target.run(bytes)
  } catch (error) {
    if (!isDocumented(error)) problem = error instanceof Error ? error.stack : String(error)
  }
  const took = cpuMs() - begun
  const limit = limitMs * Math.max(1, bytes.length / 1_000_000)
  if (took > limit) problem ??= `${Math.round(took)} ms for ${bytes.length} bytes`
  if (problem !== undefined) {
    parentPort?.postMessage({ kind: 'failure', number, problem })
    failures += 1
  }
  Atomics.store(state, 1, 0)
}
