/** Runs the built program, in this process or a separate one, against an emulator in this process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { expect } from 'vitest'
import type { main as Main } from '../src/main.ts'

export const BIN = fileURLToPath(new URL('../dist/bin.js', import.meta.url))
const BUILT_MAIN = new URL('../dist/main.js', import.meta.url).href

export const AIRPORTS_FILE = fileURLToPath(
  new URL('../node_modules/vega-datasets/data/airports.csv', import.meta.url),
)

export const AIRPORT_COLUMNS = [
  { name: 'iata', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'city', type: 'text' },
  { name: 'state', type: 'text' },
  { name: 'country', type: 'text' },
  { name: 'latitude', type: 'numeric' },
  { name: 'longitude', type: 'numeric' },
] as const

export const SOME_AIRPORTS = [
  { iata: '00M', name: 'Thigpen', city: 'Bay Springs', state: 'MS', latitude: '31.95376472' },
  { iata: 'JFK', name: 'John F Kennedy Intl', city: 'New York', state: 'NY', latitude: '40.63' },
  { iata: 'EWR', name: 'Newark Intl', city: 'Newark', state: 'NJ', latitude: '40.6925' },
  { iata: 'BTV', name: 'Burlington', city: null, state: 'VT', latitude: '44.4730' },
]

/** The home of the programs under test, of each test file its own. */
function homeFolder(): string {
  return process.env.TEST_FOLDER ?? ''
}

/** The state folder of the programs under test. */
export function stateFolder(): string {
  return join(homeFolder(), 'state')
}

export type Env = Readonly<Record<string, string | undefined>>

/** @param some whether the table has records, in DRAFT */
export function startAirports(some = false): Promise<Emulator> {
  const records = some ? SOME_AIRPORTS : []
  return startEmulator({ tables: [{ name: 'airports', columns: AIRPORT_COLUMNS, records }] })
}

export function connectionTo(emulator: Emulator): Env {
  return {
    CHATLAYER_BASE_URL: emulator.url,
    CHATLAYER_TEAM_ID: emulator.teamId,
    CHATLAYER_BOT_ID: emulator.botId,
    CHATLAYER_TOKEN: emulator.token,
  }
}

export interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly result: Promise<Result>
}

/** Starts `clt` with only these arguments and environment variables. */
export function start(args: readonly string[], env: Env = {}, cwd = tmpdir()): Running {
  return startProcess(process.execPath, [BIN, ...args], env, cwd)
}

export function startProcess(
  command: string,
  args: readonly string[],
  env: Env,
  cwd: string,
): Running {
  const child = spawn(command, [...args], {
    cwd,
    env: environment(env),
    stdio: 'pipe',
  })
  const out = collect(child.stdout)
  const err = collect(child.stderr)
  const result = once(child, 'close').then(([code]) => {
    const found = { code, stdout: out(), stderr: err() }
    checkNoSecret(`${found.stdout}${found.stderr}`, env)
    noStackTrace(found)
    return found
  })
  return { child, result }
}

/**
 * Runs the built `clt` to its end, with `input` on stdin.
 *
 * It runs in this process, since starting one takes longer than most commands. With settings of a
 * process, such as a home folder or options of Node, it runs in a separate one.
 */
export async function run(args: readonly string[], env: Env = {}, input = ''): Promise<Result> {
  if (env.HOME !== undefined || env.NODE_OPTIONS !== undefined) {
    return runProcess(args, env, input)
  }
  process.env.HOME = homeFolder()
  const { main } = (await import(BUILT_MAIN)) as { main: typeof Main }
  const [stdout, stderr] = [collected(), collected()]
  const code = await main(args, {
    stdin: Readable.from(input === '' ? [] : [Buffer.from(input)], { objectMode: false }),
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: environment(env),
    onInterrupt: () => ({ stop: () => undefined }),
  })
  const found = { code, stdout: stdout.text(), stderr: stderr.text() }
  checkNoSecret(`${found.stdout}${found.stderr}`, env)
  noStackTrace(found)
  return found
}

/** The same in a separate process. */
function runProcess(args: readonly string[], env: Env = {}, input = ''): Promise<Result> {
  const { child, result } = start(args, env)
  child.stdin?.end(input)
  return result
}

/** Code compiled by V8, which makes each process a quarter faster. */
const COMPILED_FOLDER = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url))

/** Does not contain the environment of the tests. */
function environment(env: Env): Env {
  return {
    PATH: process.env.PATH,
    HOME: homeFolder(),
    XDG_STATE_HOME: stateFolder(),
    NODE_COMPILE_CACHE: COMPILED_FOLDER,
    ...env,
  }
}

function collected(): { stream: PassThrough; text(): string } {
  const stream = new PassThrough()
  return { stream, text: collect(stream) }
}

export function noStackTrace({ stderr }: Pick<Result, 'stderr'>): void {
  expect(stderr, 'a stack trace').not.toMatch(/^ +at .*:\d+:\d+/m)
}

export function checkNoSecret(text: string, { CHATLAYER_TOKEN: token }: Env): void {
  if (!token) return
  for (const secret of [token, token.split(':')[1] ?? token]) {
    expect(text.includes(secret), 'the token was written').toBe(false)
  }
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (chunk: string) => {
    text += chunk
  })
  return () => text
}

/** The report at the end of `clt import --json`. */
export function reportOf(stdout: string) {
  const { event, ...report } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
  expect(event).toBe('end')
  return report
}

/** A folder for one test file, and its removal. */
export async function makeFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'clt-test-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** The sorted lines of a CSV file without its header. */
export async function sortedLines(file: string): Promise<string[]> {
  const [, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n')
  return lines.toSorted()
}
