/** Two machines that share a database: what one has written, the other knows, continues and undoes. */

import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmulator } from '@chatlayer-tables/emulator'
import type { NewReview } from '@chatlayer-tables/journal/reviews'
import { type PostgresServer, runSql, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { openState } from '@chatlayer-tables/state'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectionTo, type Env, type Running, reportOf } from './cli.ts'
import { type Machine, machine, until } from './machines.ts'
import { ENTER, hasPty, openTerminal } from './pty.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
]
const ROWS = 300
const HOST = hostname()

const folder = mkdtempSync(join(tmpdir(), 'clt-machines-'))
const file = join(folder, 'stores.csv')
const emulator = await startEmulator({
  tables: ['stores', 'shops'].map((name) => ({ name, columns: COLUMNS })),
})

let server: PostgresServer
let address: string
let databases = 0
let a: Machine
let b: Machine

beforeAll(async () => {
  server = await startPostgres()
  const lines = Array.from({ length: ROWS }, (_, n) => `c${n},name ${n}`)
  writeFileSync(file, `code,name\n${lines.join('\n')}\n`)
})

afterAll(async () => {
  await server.end()
  await emulator.close()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  emulator.reset()
  const name = `state${++databases}`
  await runSql(server.url(), `create database ${name}`)
  address = server.url(name)
  const env = { ...connectionTo(emulator), CHATLAYER_STATE: address }
  a = machine(folder, `a${databases}`, env)
  b = machine(folder, `b${databases}`, env)
})

function codes(table = 'stores'): string[] {
  const records = emulator.tables.records(table)
  return records.map(({ values }) => String(values.code)).toSorted()
}

interface StatusJson {
  readonly sessions: readonly object[]
  readonly sizes: readonly { readonly what: string }[]
  readonly clockAheadMs: number
}

const REVIEW: NewReview = {
  place: { origin: 'https://x.example', teamId: 't', botId: 'b' },
  ...{ principal: null, program: 'mcp', client: 'some-client', command: 'update_records' },
  ...{ table: 'stores', version: 'DRAFT', bound: '', note: undefined, call: {}, canTick: true },
  facts: {
    ...{ title: 'update 1 record of "stores" (DRAFT)', facts: [], remarks: [] },
    sets: [
      {
        ...{
          table: 'stores',
          version: 'DRAFT',
          columns: COLUMNS,
          rows: 1,
          problems: [],
          facts: [],
        },
        counts: { inserted: 0, updated: 1, deleted: 0, unchanged: 0, rejected: 0 },
      },
    ],
  },
  rows: [
    [
      {
        digest: 'x',
        shown: {
          kind: 'updated',
          id: 'x',
          changed: [1],
          before: ['c1', 'old'],
          after: ['c1', 'new'],
        },
      },
    ],
  ],
}

const ALL = Array.from({ length: ROWS }, (_, n) => `c${n}`).toSorted()

async function json<T = Record<string, unknown>[]>(on: Machine, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await on.run([...args, '--json'])
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as T
}

const IMPORT = ['import', 'stores', file]
const BY_KEY = [...IMPORT, '--mode', 'upsert', '--key', 'code']

describe('what one machine has written', () => {
  it('is listed by the other with its host, and undone there', async () => {
    const imported = await a.run(IMPORT)
    expect(imported.code, imported.stderr).toBe(0)
    expect(codes()).toEqual(ALL)
    const [change] = await json(b, 'changes', 'list')
    expect(change).toMatchObject({ tool: 'cli', host: HOST, counts: { inserted: ROWS } })
    const [job] = await json(b, 'jobs', 'list')
    expect(job).toMatchObject({ id: change?.job, status: 'done', shared: { host: HOST } })
    const shown = await b.run(['changes', 'show', String(change?.id), '--limit', '1'])
    expect(shown.stdout).toContain(HOST)
    const undone = await b.run(['changes', 'undo', '--job', String(job?.id), '--yes'])
    expect(undone.code, undone.stderr).toBe(0)
    expect(codes()).toEqual([])
    expect((await a.run(['changes', 'list'])).stdout).toContain(`undo of ${change?.id}`)
  })

  it('is undone once by two undos at the same time', async () => {
    expect((await a.run(IMPORT)).code).toBe(0)
    const [change] = await json(b, 'changes', 'list')
    emulator.faults.set([{ kind: 'latency', ms: 20 }])
    const args = ['changes', 'undo', String(change?.id), '--yes', '--json']
    const both = await Promise.all([a.run(args), b.run(args)])
    expect(codes()).toEqual([])
    const reports = both.map(({ code, stdout }) => (code === 0 ? JSON.parse(stdout) : undefined))
    const undone = reports.map((report) => report?.counts.undone ?? 0)
    expect(
      undone.toSorted((x, y) => x - y),
      both.map(({ stderr }) => stderr).join(),
    ).toEqual([0, ROWS])
    const other = both[undone.indexOf(0)]
    expect(other?.stderr).toMatch(
      new RegExp(`another process on ${HOST} .*is undoing|nothing left to undo`),
    )
    const deletes = emulator.requests.counts.actions.DELETE ?? 0
    expect(deletes).toBe(ROWS)
  })
})

describe('a machine that is killed or frozen in mid-import', () => {
  it('is succeeded by another: nothing is lost or doubled, and it sees the job done', {
    timeout: 240_000,
  }, async () => {
    emulator.faults.set([{ kind: 'latency', ms: 150, actions: ['INSERT'] }])
    const c = machine(folder, `c${databases}`, a.env)
    const [killed, frozen] = [a.start(IMPORT), c.start(['import', 'shops', file])]
    const interrupt = async (table: string, { child, result }: Running, signal: NodeJS.Signals) => {
      await until(() => emulator.tables.count(table) >= 50, { child, result })
      child.kill(signal)
      expect(emulator.tables.count(table)).toBeLessThan(ROWS)
    }
    await Promise.all([
      interrupt('stores', killed, 'SIGKILL'),
      interrupt('shops', frozen, 'SIGSTOP'),
    ])
    expect((await killed.result).code).toBeNull()
    const before = await json<{ id: string; facts: { table: { name: string } } }[]>(
      b,
      'jobs',
      'list',
    )
    expect(before.map(({ facts }) => facts.table.name).toSorted()).toEqual(['shops', 'stores'])
    // Their leases must run out first.
    const unfinished = (jobs: { status?: unknown }[]) =>
      jobs.every(({ status }) => status === 'unfinished')
    do await sleep(1_000)
    while (!unfinished(await json(b, 'jobs', 'list')))
    emulator.faults.clear()
    for (const { id } of before) {
      const resumed = await b.run(['jobs', 'resume', id, '--json'])
      expect(resumed.code, resumed.stderr).toBe(0)
      expect(reportOf(resumed.stdout)).toMatchObject({ finished: true, ok: ROWS, unknown: 0 })
    }
    // One that comes back writes nothing more, and says why.
    frozen.child.kill('SIGCONT')
    const late = await frozen.result
    expect(late, late.stderr).toMatchObject({ code: 5 })
    expect(late.stderr).toContain('another machine has taken over')
    expect([codes('stores'), codes('shops')]).toEqual([ALL, ALL])
    const after = await json(a, 'jobs', 'list')
    expect(after.map(({ status }) => status)).toEqual(['done', 'done'])
    const again = await a.run(['jobs', 'resume'])
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('no unfinished job') })
    // Every change set has a final outcome, and together they are undone.
    const sets = await json<{ status: string }[]>(a, 'changes', 'list')
    expect(sets.map(({ status }) => status)).toEqual(sets.map(() => 'settled'))
    for (const { id } of before) {
      const undone = await a.run(['changes', 'undo', '--job', id, '--yes'])
      expect(undone.code, undone.stderr).toBe(0)
    }
    expect([codes('stores'), codes('shops')]).toEqual([[], []])
  })
})

describe('two imports by key into one table', () => {
  it('run one after the other, and with --no-wait the second is told which host writes', {
    timeout: 60_000,
  }, async () => {
    emulator.faults.set([{ kind: 'latency', ms: 400, actions: ['INSERT'] }])
    const first = a.start([...BY_KEY, '--json'])
    await until(() => emulator.tables.count('stores') >= 10, first)
    const refused = await b.run([...BY_KEY, '--no-wait'])
    expect(refused, refused.stderr).toMatchObject({ code: 8 })
    expect(refused.stderr).toMatch(new RegExp(`in use by another process on ${HOST}\\b`))
    emulator.faults.clear()
    const second = await b.run([...BY_KEY, '--json'])
    expect(second.code, second.stderr).toBe(0)
    const one = await first.result
    expect(one.code, one.stderr).toBe(0)
    expect(codes()).toEqual(ALL)
    expect(reportOf(one.stdout)).toMatchObject({ ok: ROWS })
    expect(reportOf(second.stdout)).toMatchObject({ ok: 0, unchanged: ROWS })
  })
})

describe('what others see', () => {
  it('are the sessions of processes, what they write, and the state of it all', {
    timeout: 60_000,
  }, async () => {
    emulator.faults.set([{ kind: 'latency', ms: 400, actions: ['INSERT'] }])
    const running = a.start(IMPORT)
    await until(() => emulator.tables.count('stores') >= 10, running)
    const status = await json<StatusJson>(b, 'state', 'status')
    expect(status).toMatchObject({
      ...{ place: address.replace('postgres@', ''), by: 'CHATLAYER_STATE', isShared: true },
      ...{ schema: { status: 'current' }, denied: [], oldestOpen: { isWritten: true } },
    })
    const { pid } = running.child
    expect(status.sessions).toEqual([
      expect.objectContaining({ host: HOST, program: 'cli', pid, isLive: true }),
    ])
    expect(status.sizes.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['changes', 'jobs']),
    )
    expect(Math.abs(status.clockAheadMs)).toBeLessThan(60_000)
    const text = await b.run(['state', 'status'])
    expect(text.stdout).toMatch(new RegExp(`^session\tcli on ${HOST}.*process ${pid}`, 'm'))
    const listed = await b.run(['jobs', 'list'])
    expect(listed.stdout).toMatch(new RegExp(`running.*${HOST}\t\\d+ of ${ROWS} written`))
    const doctor = await b.run(['doctor', '--no-probe'])
    expect(doctor.stdout).toMatch(/^✓ state +postgres:.* 1 session, clock as on this machine$/m)
    emulator.faults.clear()
    expect((await running.result).code).toBe(0)
    expect(await json<StatusJson>(b, 'state', 'status')).toMatchObject({
      ...{ sessions: [], oldestOpen: null },
    })
    const pruned = await b.run(['state', 'prune', '--json'])
    expect(JSON.parse(pruned.stdout)).toMatchObject({ changeSets: 0, sessions: 0 })
    expect(await json(b, 'changes', 'list')).toHaveLength(1)
  })

  it('is a review that another machine decides', async () => {
    await using state = await openState({
      env: {},
      folder: join(folder, 'mcp'),
      address,
      program: 'mcp',
    })
    const reviews = await state.openReviews()
    const { id } = await reviews.create(REVIEW)
    const listed = await b.run(['review'])
    expect(listed.stdout).toContain(id)
    if (hasPty) {
      const terminal = openTerminal(['review', id], b.env, 200)
      await terminal.shows('Decide later')
      terminal.type('\u001b[B')
      await terminal.shows('Approve all of it')
      terminal.type(ENTER)
      expect(await terminal.ended).toBe(0)
      expect((await reviews.find(id))?.state).toBe('approved')
    }
    await reviews.close()
  })
})

describe('a job whose file is on another machine', () => {
  it.each([
    ['from the rows in the database', []],
    ['with a copy of it', ['--input', file]],
  ])('is continued %s', { timeout: 60_000 }, async (_, input) => {
    const own = join(folder, 'own.csv')
    copyFileSync(file, own)
    emulator.faults.set([{ kind: 'latency', ms: 50, actions: ['INSERT'] }])
    const running = a.start(['import', 'stores', own])
    await until(() => emulator.tables.count('stores') >= 20, running)
    running.child.kill('SIGINT')
    expect((await running.result).code).toBe(130)
    rmSync(own)
    emulator.faults.clear()
    const [job] = await json(b, 'jobs', 'list')
    const resume = ['jobs', 'resume', String(job?.id)]
    const other = join(folder, 'other.csv')
    writeFileSync(other, 'code,name\nx,y\n')
    const wrong = await b.run([...resume, '--input', other])
    expect(wrong, wrong.stderr).toMatchObject({ code: 2 })
    const resumed = await b.run([...resume, ...input])
    expect(resumed.code, resumed.stderr).toBe(0)
    expect(codes()).toEqual(ALL)
  })
})

describe('the settings', () => {
  it('choose the state: a variable before a profile, local for this machine', async () => {
    const { CHATLAYER_STATE: _, ...env } = a.env
    const { CHATLAYER_TOKEN: token = '', ...rest } = env
    const c = machine(folder, `c${databases}`, rest)
    const login = ['auth', 'login', '--profile', 'team', '--no-keychain', '--state', address]
    const tokenFile = join(folder, 'token.txt')
    writeFileSync(tokenFile, token, { mode: 0o600 })
    const signedIn = await c.run([...login, '--token-file', tokenFile])
    expect(signedIn.code, signedIn.stderr).toBe(0)
    expect(signedIn.stderr).toContain('clt state status')
    const insert = ['records', 'insert', 'team:stores', '--set', 'code=x', '--set', 'name=y']
    const inserted = await c.run([...insert, '--yes'])
    expect(inserted.code, inserted.stderr).toBe(0)
    expect(await json(a, 'changes', 'list')).toHaveLength(1)
    const place = async (more: Env, ...args: string[]) => {
      const { stdout, stderr } = await c.run(['state', 'status', '--json', ...args], more)
      return (JSON.parse(stdout || `{"problem":${JSON.stringify(stderr)}}`) as { place: string })
        .place
    }
    const shown = address.replace('postgres@', '')
    const full = { CHATLAYER_TOKEN: token }
    expect(await place({ CHATLAYER_PROFILE: 'team' })).toBe(shown)
    expect(await place({ CHATLAYER_PROFILE: 'team', CHATLAYER_STATE: 'local' })).toMatch(/^\//)
    // A complete connection does not use the current profile.
    expect(await place(full)).toMatch(/^\//)
    expect(await place({ ...full, CHATLAYER_STATE: 'local' }, '--profile', 'team')).toBe(shown)
  })

  it('is that of a chatlayer.yaml for commands on it, here a saved connection', {
    timeout: 60_000,
  }, async () => {
    const { CHATLAYER_STATE: _, ...env } = a.env
    const c = machine(folder, `c${databases}`, env)
    const added = await c.run(['connections', 'add', 'team', address, '--no-secret'])
    expect(added.code, added.stderr).toBe(0)
    const project = join(folder, 'chatlayer.yaml')
    const sync = `{ from: ${file}, to: stores@draft, key: code }`
    writeFileSync(project, `state: connection:team\nsyncs:\n  stores: ${sync}\n`)
    const applied = await c.run(['apply', '--yes', '--file', project])
    expect(applied.code, applied.stderr).toBe(0)
    expect(applied.stderr).toContain('set CHATLAYER_STATE=connection:team')
    expect(codes()).toEqual(ALL)
    expect(await json(c, 'changes', 'list')).toEqual([])
    const [change] = await json(b, 'changes', 'list')
    expect(change).toMatchObject({ command: 'apply', counts: { inserted: ROWS } })
    const status = await c.run(['state', 'status', '--file', project, '--json'])
    expect(JSON.parse(status.stdout)).toMatchObject({ by: `state of ${project}` })
  })

  it.each([
    ['postgres://ann:hunter2secret@127.0.0.1/x', 'the address contains a password'],
    ['postgres://ann@127.0.0.1/x?password=hunter2secret', 'the address contains a password'],
    ['mysql://127.0.0.1/x', 'is not the address of a PostgreSQL database'],
    ['hunter2secret', 'is not the address of a PostgreSQL database'],
    ['connection:nowhere', 'there is no saved connection "nowhere"'],
  ])('%s is refused before anything is sent', async (CHATLAYER_STATE, message) => {
    for (const args of [IMPORT, ['changes', 'list'], ['state', 'status']]) {
      const found = await a.run(args, { CHATLAYER_STATE })
      expect(found, args.join(' ')).toMatchObject({ code: 2, stdout: '' })
      expect(found.stderr).toContain(message)
      expect(found.stderr).not.toContain('hunter2secret')
    }
    const status = await a.run(['auth', 'status', '--json'], { CHATLAYER_STATE })
    expect(status.stdout).not.toContain('hunter2secret')
    expect(emulator.requests.counts.total).toBe(0)
  })
})
