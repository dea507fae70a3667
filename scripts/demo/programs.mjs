/** The built programs of the demo, each in a process of its own, and how its steps are printed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ROOT } from '../workspace.mjs'

const CLI = join(ROOT, 'apps/cli/dist/bin.js')
const EMULATOR = join(ROOT, 'packages/emulator/dist/bin.js')

/** All output of the programs. */
let written = ''

export function allOutput() {
  return written
}

/** @param {unknown} output */
export function remember(output) {
  written += String(output)
}

/** @type {(() => Promise<unknown> | undefined | void)[]} called in reverse order */
const cleanUps = []

/** @param {() => Promise<unknown> | undefined | void} undo called at the end of the demo */
export function atEnd(undo) {
  cleanUps.push(undo)
}

export async function cleanUp() {
  for (const undo of cleanUps.splice(0).reverse())
    await Promise.resolve(undo()).catch(() => undefined)
}

/**
 * Starts the emulator with empty tables.
 *
 * @param {string} folder for its seed
 * @param {string} token
 * @param {Record<string, Record<string, string>>} tables types of columns by table
 */
export async function startEmulator(folder, token, tables) {
  const seed = join(folder, 'seed')
  await mkdir(seed)
  for (const [table, types] of Object.entries(tables)) {
    const columns = Object.entries(types).map(([name, type]) => ({ name, type }))
    await writeFile(join(seed, `${table}.schema.json`), JSON.stringify({ columns }))
  }
  const child = spawn(process.execPath, [EMULATOR, '--port', '0', '--json', '--seed', seed], {
    env: { ...process.env, CHATLAYER_TOKEN: token },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  atEnd(() => {
    child.kill()
    return ended
  })
  child.stderr.on('data', remember)
  const first = once(createInterface(child.stdout), 'line')
  const [line] = await Promise.race([
    first,
    ended.then(() => Promise.reject(new Error('the emulator did not start'))),
  ])
  remember(line)
  const { url, teamId, botId } = JSON.parse(line)
  detail(`at ${url}`)
  return {
    CHATLAYER_BASE_URL: url,
    CHATLAYER_TEAM_ID: teamId,
    CHATLAYER_BOT_ID: botId,
  }
}

/**
 * Runs the command line and returns its stdout.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} args
 */
export async function clt(env, ...args) {
  return (await cltEndingWith(0, env, ...args)).stdout
}

/**
 * @param {number} expected the exit code
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} args
 */
export async function cltEndingWith(expected, env, ...args) {
  const shown = args.map((arg) => (arg.startsWith(tmpdir()) ? (arg.split('/').at(-1) ?? '') : arg))
  detail(`$ clt ${shown.join(' ')}`)
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const [code] = await once(child, 'close')
  remember(stdout + stderr)
  if (code !== expected) {
    const instead = expected === 0 ? '' : ` instead of ${expected}`
    throw new Error(`clt ${args[0]} ended with ${code}${instead}: ${stderr.trim()}`)
  }
  return { stdout, stderr }
}

/**
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 */
export async function step(title, work) {
  console.log(`\n${title}`)
  const startedAt = performance.now()
  const result = await work()
  console.log(`  (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`)
  return result
}

/** @param {string} text */
export function detail(text) {
  for (const line of text.trimEnd().split('\n')) console.log(`  ${line}`)
}

/**
 * @param {string} what
 * @param {unknown} actual
 * @param {unknown} expected
 */
export function expectEqual(what, actual, expected) {
  if (actual !== expected) throw new Error(`${what}: ${show(actual)}, expected ${show(expected)}`)
}

/** @param {unknown} value */
export function show(value) {
  return JSON.stringify(value) ?? 'nothing'
}

/** @param {number} number */
export function count(number) {
  return number.toLocaleString('en-US')
}
