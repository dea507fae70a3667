/** For tests of workers: a database and a gateway, workers on machines of their own, and projects. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulator } from '@chatlayer-tables/emulator'
import { type PostgresServer, runSql, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { connectionTo, type Env, type Result, type Running, run } from './cli.ts'
import { type Machine, machine } from './machines.ts'

export const TABLES = ['t0', 't1', 't2', 't3']

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
]

/** A line of `clt worker --json`. */
export interface WorkerEvent {
  readonly event: string
  readonly id?: string
  readonly name?: string
  readonly end?: string
  readonly reason?: string
  readonly metrics?: string
  readonly text?: string
}

export interface WorkerProcess extends Running {
  /** So far. */
  events(): WorkerEvent[]
}

/** Call once at the top of a test file. Each test has a new database, and an empty gateway. */
export async function useWorkers() {
  const folder = mkdtempSync(join(tmpdir(), 'clt-worker-'))
  const emulator = await startEmulator({
    tables: TABLES.map((name) => ({ name, columns: COLUMNS })),
  })
  let server: PostgresServer
  let number = 0
  let workers: Running[] = []
  let env: Env = {}
  let address = ''

  beforeAll(async () => {
    server = await startPostgres()
  })

  afterAll(async () => {
    await server.end()
    await emulator.close()
    rmSync(folder, { recursive: true, force: true })
  })

  beforeEach(async () => {
    emulator.reset()
    emulator.faults.clear()
    const name = `worker${++number}`
    await runSql(server.url(), `create database ${name}`)
    address = server.url(name)
    env = { ...connectionTo(emulator), CHATLAYER_STATE: address }
    mkdirSync(join(folder, `projects${number}`))
    return async () => {
      for (const { child, result } of workers) {
        child.kill('SIGKILL')
        await result
      }
      workers = []
    }
  })

  /** A machine of this test. */
  const on = (name: string): Machine => machine(folder, `${name}${number}`, env)
  const projects = (): string => join(folder, `projects${number}`)

  /** Runs a command on a machine without workers. */
  const clt = (...args: string[]): Promise<Result> =>
    run(args, { ...env, XDG_STATE_HOME: join(folder, `client${number}`) })

  return {
    ...{ emulator, on, projects, clt },
    address: (): string => address,
    server: (): PostgresServer => server,

    /** Writes a project that adds rows to a table. @returns its `chatlayer.yaml` */
    project(name: string, table: string, rows: number, more = ''): string {
      const place = join(projects(), name)
      mkdirSync(place, { recursive: true })
      const lines = Array.from({ length: rows }, (_, n) => `${name}-${n},name ${n}`)
      writeFileSync(join(place, 'rows.csv'), `code,name\n${lines.join('\n')}\n`)
      const file = join(place, 'chatlayer.yaml')
      const sync = `syncs:\n  rows:\n    from: rows.csv\n    to: ${table}\n    key: code\n`
      writeFileSync(file, `${sync}${more}`)
      return file
    },

    /** @returns the id */
    async queue(file: string, ...more: string[]): Promise<string> {
      const args = ['apply', '--queue', '--yes', '--json', '--file', file, ...more]
      const { code, stdout, stderr } = await clt(...args)
      expect(code, stderr).toBe(0)
      const [first = ''] = stdout.split('\n')
      return JSON.parse(first).id
    },

    /** Starts a worker, which is killed after the test. */
    startWorker(name: string, args: readonly string[] = [], more: Env = {}): WorkerProcess {
      const started = on(name).start(['worker', '--json', ...args], more)
      workers.push(started)
      let text = ''
      started.child.stdout?.on('data', (chunk: string) => {
        text += chunk
      })
      return { ...started, events: () => eventsIn(text) }
    },

    /** Lets a worker carry out what waits. */
    async workOnce(name: string, args: readonly string[] = []): Promise<WorkerEvent[]> {
      const command = ['worker', '--once', '--json', ...args]
      const { code, stdout, stderr } = await on(name).run(command)
      expect(code, stderr).toBe(0)
      return eventsIn(stdout)
    },

    async show(id: string) {
      const { code, stdout, stderr } = await clt('jobs', 'show', id, '--json')
      expect(code, stderr).toBe(0)
      return JSON.parse(stdout)
    },

    /** Jobs and schedules of the queue. */
    async list() {
      const { code, stdout, stderr } = await clt('jobs', 'list', '--json')
      expect(code, stderr).toBe(0)
      const all: { queued?: boolean; status: string; id: string; schedule?: string }[] =
        JSON.parse(stdout)
      return all.filter(({ queued, status }) => queued === true || status === 'scheduled')
    },

    codes(table: string): string[] {
      return emulator.tables.records(table).map(({ values }) => String(values.code))
    },
  }
}

function eventsIn(text: string): WorkerEvent[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as WorkerEvent)
}

/** The codes of the rows of a project. */
export function rowsOf(name: string, rows: number): string[] {
  return Array.from({ length: rows }, (_, n) => `${name}-${n}`).toSorted()
}
