/**
 * Runs every parser on damaged valid inputs: bits flipped, parts cut, repeated, nested and copied from
 * other inputs, numbers made very long. A parser may throw one of its documented errors. It fails when it
 * throws any other error, or computes for longer than a second per megabyte (a second for smaller inputs).
 *
 *     node scripts/campaigns/fuzz.mjs [--seconds 600] [--seed 1] [--only csv,xlsx] [--workers 2]
 *
 * The targets share the seconds. Seed and number determine each input. A failing input is stored as a file
 * next to its stack, and `--only <target> --seed <seed> --from <number>` starts with it again.
 * `npm run campaign:fuzz -- [flags]` builds first. Prints a line for each target; fails on any failure.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { diceOf } from './fuzz-mutate.mjs'
import { createTargets } from './fuzz-targets.mjs'

const POLL_MS = 50
/** An input hangs after this many times its limit; the machine may have other work. */
const HANG = 10
/** The maximum number of failures per target. */
const MAX_FAILURES = 5

/** @typedef {{ target: string, number: number, what: string, file: string }} Failure */

/**
 * @param {{ seconds: number, seed: number, from?: number, only?: readonly string[], workers?: number,
 *   limitMs?: number, folder: string, log?: (line: string) => void }} options
 * @returns {Promise<{ inputs: number, failures: readonly Failure[] }>}
 */
export async function fuzz(options) {
  const { seconds, seed, only, folder, log = () => undefined } = options
  const work = await mkdtemp(join(tmpdir(), 'fuzz-'))
  try {
    const targets = await createTargets(work)
    const unknown = only?.find((name) => targets[name] === undefined)
    if (unknown !== undefined) throw new Error(`unknown target ${unknown}`)
    const names = only ?? Object.keys(targets)
    const workers = Math.min(
      options.workers ?? Math.max(1, availableParallelism() - 1),
      names.length,
    )
    const ms = (seconds * 1_000 * workers) / names.length
    /** @type {Failure[]} */
    const failures = []
    let inputs = 0
    const left = [...names]
    const run = async () => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        const target = /** @type {import('./fuzz-targets.mjs').Target} */ (targets[name])
        const result = await fuzzTarget(name, ms, work, options)
        inputs += result.inputs
        for (const { number, what } of result.found) {
          const file = join(folder, `${name}-${seed}-${number}`)
          await mkdir(folder, { recursive: true })
          await writeFile(file, target.input(diceOf(seed + number)))
          await writeFile(`${file}.txt`, `${what}\n`)
          failures.push({ target: name, number, what, file })
          log(`${name}: input ${number} of seed ${seed}: ${what.split('\n', 1)[0]}\n  ${file}`)
        }
        log(`${name}: ${result.inputs} inputs, ${result.found.length} failures`)
      }
    }
    await Promise.all(Array.from({ length: workers }, run))
    return { inputs, failures }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/**
 * @param {string} name
 * @param {number} ms
 * @param {string} work
 * @param {{ seed: number, from?: number, limitMs?: number }} options
 */
async function fuzzTarget(name, ms, work, { seed, from = 0, limitMs = 1_000 }) {
  /** @type {{ number: number, what: string }[]} */
  const found = []
  let first = from
  let end = Number.POSITIVE_INFINITY
  while (found.length < MAX_FAILURES && performance.now() < end) {
    const shared = new SharedArrayBuffer(8)
    const state = new Int32Array(shared)
    const folder = await mkdtemp(join(work, `${name}-`))
    const worker = new Worker(new URL('fuzz-worker.mjs', import.meta.url), {
      workerData: {
        name,
        seed,
        first,
        maxFailures: MAX_FAILURES - found.length,
        limitMs,
        folder,
        shared,
      },
    })
    let isReady = false
    /** @type {string | undefined} */
    let ended
    worker.on('message', ({ kind, number, problem }) => {
      if (kind === 'ready') isReady = true
      else found.push({ number, what: problem })
    })
    worker.on('error', (error) => {
      ended = `the worker ended: ${error.stack}`
    })
    worker.on('exit', (code) => {
      ended ??= `the worker ended with ${code}`
    })
    let number = -1
    let since = performance.now()
    for (;;) {
      await sleep(POLL_MS)
      const now = performance.now()
      if (isReady && end === Number.POSITIVE_INFINITY) end = now + ms
      const [current = 0, bytes = 0] = [Atomics.load(state, 0), Atomics.load(state, 1)]
      if (current !== number || bytes === 0) {
        number = current
        since = now
      }
      const limit = limitMs * Math.max(1, bytes / 1_000_000)
      const isLong = isReady && bytes > 0 && now - since > HANG * limit
      if (found.length >= MAX_FAILURES || now >= end) break
      if (ended !== undefined || isLong) {
        found.push({
          number,
          what: ended ?? `no end after ${HANG} times ${limit} ms for ${bytes} bytes`,
        })
        break
      }
    }
    await worker.terminate()
    first = number + 1
  }
  return { inputs: first - from, found }
}

async function main() {
  const { values: flags } = parseArgs({
    options: {
      seconds: { type: 'string', default: '600' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      only: { type: 'string' },
      workers: { type: 'string' },
    },
  })
  const seed = Number(flags.seed)
  console.log(`seed ${seed}`)
  const { inputs, failures } = await fuzz({
    seconds: Number(flags.seconds),
    seed,
    from: Number(flags.from),
    ...(flags.only === undefined ? {} : { only: flags.only.split(',') }),
    ...(flags.workers === undefined ? {} : { workers: Number(flags.workers) }),
    folder: join(import.meta.dirname, '../../test-results/fuzz'),
    log: (line) => console.log(line),
  })
  console.log(`${inputs} inputs of seed ${seed}, ${failures.length} failures`)
  if (failures.length > 0) process.exitCode = 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main()
