/** The processes of campaigns: the built command line and an emulator. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from '../workspace.mjs'

const CLI = join(ROOT, 'apps/cli/dist/bin.js')
const EMULATOR = join(ROOT, 'packages/emulator/dist/bin.js')

/**
 * Runs the command line; `code` is null when it was killed.
 *
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {number | ((child: import('node:child_process').ChildProcess) => Promise<unknown>)} [kill]
 *   when it is killed: milliseconds after its start, or when this resolves
 */
export async function clt(args, env, kill) {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const ended = once(child, 'close')
  if (kill !== undefined) {
    const moment = typeof kill === 'number' ? sleep(kill, undefined, { ref: false }) : kill(child)
    await Promise.race([moment, ended])
    child.kill('SIGKILL')
  }
  const [code] = await ended
  return { code, stdout, stderr, ms: performance.now() - startedAt }
}

/**
 * The status of the killed job; undefined if it was killed before the job existed.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>}
 */
export async function jobStatus(env) {
  const { stdout } = await clt(['jobs', 'list', '--json'], env)
  /** @type {{ status: string }[]} */
  const jobs = JSON.parse(stdout)
  return jobs.find(({ status }) => status !== 'unreadable')?.status
}

/**
 * Starts an emulator with empty tables.
 *
 * @param {string} folder for its seed
 * @param {Record<string, Record<string, string>>} tables types by column, by table
 */
export async function startEmulator(folder, tables) {
  const seed = join(folder, 'seed')
  await mkdir(seed)
  for (const [table, types] of Object.entries(tables)) {
    const columns = Object.entries(types).map(([name, type]) => ({ name, type }))
    await writeFile(join(seed, `${table}.schema.json`), JSON.stringify({ columns }))
  }
  const token = 'campaign:0123456789abcdef0123456789abcdef'
  const child = spawn(process.execPath, [EMULATOR, '--port', '0', '--json', '--seed', seed], {
    env: { ...process.env, CHATLAYER_TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  const { url, teamId, botId } = JSON.parse(line)
  return {
    child,
    connection: {
      CHATLAYER_BASE_URL: url,
      CHATLAYER_TEAM_ID: teamId,
      CHATLAYER_BOT_ID: botId,
      CHATLAYER_TOKEN: token,
    },
    /** The number of writes since its last reset. */
    async writes() {
      const response = await fetch(`${url}/_emulator/stats`)
      const stats = /** @type {{ requests: { actions: Record<string, number> } }} */ (
        await response.json()
      )
      const { INSERT = 0, UPDATE = 0, DELETE = 0 } = stats.requests.actions
      return INSERT + UPDATE + DELETE
    },
    /** @param {string} method @param {string} path @param {unknown} [body] */
    async admin(method, path, body) {
      const response = await fetch(`${url}/_emulator/${path}`, {
        method,
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      })
      if (!response.ok) throw new Error(`the emulator's ${path} returned ${response.status}`)
    },
  }
}

/**
 * A seeded generator of random numbers from 0 to 1.
 *
 * @param {number} seed
 */
export function mulberry32(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
