/** A shared database that is away, and roles that may not do everything. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmulator } from '@chatlayer-tables/emulator'
import { type PostgresServer, runSql, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { startProxy, type TcpProxy } from '@chatlayer-tables/sources/test-tcp-proxy'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectionTo, reportOf } from './cli.ts'
import { type Machine, machine, until } from './machines.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
]
const ROWS = 400
const PASSWORD = 'correct-horse-battery'

const folder = mkdtempSync(join(tmpdir(), 'clt-away-'))
const file = join(folder, 'stores.csv')
const emulator = await startEmulator({ tables: [{ name: 'stores', columns: COLUMNS }] })

let server: PostgresServer
let proxy: TcpProxy
let database: string
let a: Machine
let number = 0

beforeAll(async () => {
  const hba = join(tmpdir(), `clt-hba-${process.pid}.conf`)
  const rules = ['host all postgres 127.0.0.1/32 trust', 'host all all 127.0.0.1/32 scram-sha-256']
  writeFileSync(hba, `${rules.join('\n')}\n`, { mode: 0o644 })
  server = await startPostgres({ hba_file: hba })
  rmSync(hba)
  const lines = Array.from({ length: ROWS }, (_, n) => `c${n},name ${n}`)
  writeFileSync(file, `code,name\n${lines.join('\n')}\n`)
  await runSql(
    server.url(),
    `create role app login password '${PASSWORD}'; create role migrator login password '${PASSWORD}'`,
  )
})

afterAll(async () => {
  await server.end()
  await emulator.close()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  emulator.reset()
  database = `away${++number}`
  await runSql(server.url(), `create database ${database}`)
  a = machine(folder, `a${number}`, connectionTo(emulator))
})

function codes(): string[] {
  const records = emulator.tables.records('stores')
  return records.map(({ values }) => String(values.code)).toSorted()
}

const ALL = Array.from({ length: ROWS }, (_, n) => `c${n}`).toSorted()
const IMPORT = ['import', 'stores', file, '--json']

describe('a database that goes away in mid-import', () => {
  beforeEach(async () => {
    proxy = await startProxy(server.port)
  })

  const through = () => `postgres://postgres@127.0.0.1:${proxy.port}/${database}`

  /** Starts an import, and takes the database away in the middle of it. */
  async function interrupted(wait: string) {
    emulator.faults.set([{ kind: 'latency', ms: 50, actions: ['INSERT'] }])
    const running = a.start(IMPORT, { CHATLAYER_STATE: through(), CHATLAYER_STATE_WAIT: wait })
    await until(() => emulator.tables.count('stores') >= 40, running)
    await proxy.end()
    return running
  }

  it('holds the import back: nothing is sent until it is there again', {
    timeout: 60_000,
  }, async () => {
    const { result, child } = await interrupted('60')
    // Requests whose intents are stored already may still leave.
    let sent = -1
    await until(async () => {
      const before = sent
      sent = emulator.requests.counts.total
      await sleep(1_000)
      return sent === before
    })
    await sleep(1_000)
    expect(emulator.requests.counts.total).toBe(sent)
    expect(emulator.tables.count('stores')).toBeLessThan(ROWS)
    expect(child.exitCode).toBeNull()
    proxy = await startProxy(server.port, { port: proxy.port })
    const { code, stdout, stderr } = await result
    expect(code, stderr).toBe(0)
    expect(reportOf(stdout)).toMatchObject({ ok: ROWS, unknown: 0, finished: true })
    expect(stderr).toContain(`waiting for postgres://127.0.0.1:${proxy.port}/${database}`)
    expect(codes()).toEqual(ALL)
    await proxy.end()
  })

  it('stops it beyond the bound, with what is certain; it is resumed later', {
    timeout: 60_000,
  }, async () => {
    const { result } = await interrupted('1')
    const { code, stdout, stderr } = await result
    expect(code, stderr).toBe(5)
    const report = reportOf(stdout)
    expect(report).toMatchObject({ finished: false, stopped: { reason: 'storage' } })
    expect(report.ok + report.unknown + report.unsent).toBe(report.read)
    expect(emulator.tables.count('stores')).toBeGreaterThanOrEqual(report.ok)
    expect(emulator.tables.count('stores')).toBeLessThanOrEqual(report.ok + report.unknown)
    expect(stderr).toContain('cannot be reached')
    expect(stderr).toContain(`${report.ok} written`)
    expect(stderr).toContain(`clt jobs resume ${report.job}`)
    const again = await a.run(['jobs', 'resume', report.job], {
      CHATLAYER_STATE: through(),
      CHATLAYER_STATE_WAIT: '0',
    })
    expect(again.code, again.stderr).toBe(5)
    expect(again.stderr).toContain('cannot be reached')
    // Another way to the same database: the lease of the first has ended, or runs out.
    proxy = await startProxy(server.port, { port: proxy.port })
    emulator.faults.clear()
    const env = { CHATLAYER_STATE: through() }
    await until(async () => {
      const [job] = JSON.parse((await a.run(['jobs', 'list', '--json'], env)).stdout)
      return job.status === 'unfinished'
    })
    const resumed = await a.run(['jobs', 'resume', report.job, '--json'], env)
    expect(resumed.code, resumed.stderr).toBe(0)
    expect(codes()).toEqual(ALL)
    await proxy.end()
  })

  it('does not hold back a command that only reads', { timeout: 60_000 }, async () => {
    await proxy.end()
    const listed = await a.run(['records', 'count', 'stores'], { CHATLAYER_STATE: through() })
    expect(listed, listed.stderr).toMatchObject({ code: 0, stdout: '0\n' })
    const written = await a.run(['records', 'insert', 'stores', '--set', 'code=x'], {
      ...{ CHATLAYER_STATE: through(), CHATLAYER_STATE_WAIT: '0' },
    })
    expect(written, written.stderr).toMatchObject({ code: 5 })
    expect(written.stderr).toContain('cannot be reached')
    expect(codes()).toEqual([])
  })
})

describe('roles', () => {
  const as = (role: string, password = PASSWORD) => ({
    CHATLAYER_STATE: `postgres://${role}@127.0.0.1:${server.port}/${database}`,
    PGPASSWORD: password,
  })

  it('one migrates and grants, the other only uses', { timeout: 60_000 }, async () => {
    await runSql(server.url(), `grant create on database ${database} to migrator`)
    const early = await a.run(
      ['records', 'insert', 'stores', '--set', 'code=x', '--yes'],
      as('app'),
    )
    expect(early, early.stderr).toMatchObject({ code: 8, stdout: '' })
    expect(early.stderr).toContain('clt state migrate')
    expect(codes()).toEqual([])

    const migrated = await a.run(['state', 'migrate'], as('migrator'))
    expect(migrated.code, migrated.stderr).toBe(0)
    expect((await a.run(['state', 'migrate'], as('migrator'))).stderr).toContain('up to date')
    const denied = await a.run(
      ['records', 'insert', 'stores', '--set', 'code=x', '--yes'],
      as('app'),
    )
    expect(denied, denied.stderr).toMatchObject({ code: 4 })
    expect(denied.stderr).toContain('clt state grant')

    const printed = await a.run(['state', 'grant', 'app', '--print'], as('migrator'))
    expect(printed.stdout).toMatch(/^grant usage on schema/im)
    const granted = await a.run(['state', 'grant', 'app'], as('migrator'))
    expect(granted.code, granted.stderr).toBe(0)
    const imported = await a.run(IMPORT, as('app'))
    expect(imported.code, imported.stderr).toBe(0)
    const undone = await a.run(
      ['changes', 'undo', '--job', reportOf(imported.stdout).job, '--yes'],
      as('app'),
    )
    expect(undone.code, undone.stderr).toBe(0)
    expect(codes()).toEqual([])
    const { CHATLAYER_STATE: state = '', PGPASSWORD: _, ...env } = as('app')
    const add = ['connections', 'add', 'team', state, '--with-secret', '--no-keychain']
    const added = await a.run(add, env, PASSWORD)
    expect(added.code, added.stderr).toBe(0)
    const status = await a.run(['state', 'status', '--json'], {
      CHATLAYER_STATE: 'connection:team',
    })
    expect(JSON.parse(status.stdout)).toMatchObject({
      ...{ isShared: true, denied: [], sessions: [], oldestOpen: null },
      schema: { role: 'app', status: 'current', owner: 'migrator', mayMigrate: false },
    })
  })

  it.each([
    ['a wrong password', () => as('app', 'wrong-wrong-wrong'), 4, 'password'],
    ['no such role', () => as('nobody'), 4, 'nobody'],
    [
      'no such host',
      () => ({ CHATLAYER_STATE: 'postgres://app@no-such-host.invalid/x', PGPASSWORD: PASSWORD }),
      5,
      'no-such-host.invalid',
    ],
    [
      'no such database',
      () => ({ ...as('app'), CHATLAYER_STATE: `postgres://app@127.0.0.1:${server.port}/missing` }),
      2,
      'missing',
    ],
  ])('%s is reported without secrets', { timeout: 60_000 }, async (_, env, code, text) => {
    const more = { ...env(), CHATLAYER_STATE_WAIT: '0' }
    for (const args of [
      IMPORT,
      ['changes', 'list'],
      ['jobs', 'list'],
      ['state', 'status'],
      ['review'],
    ]) {
      const found = await a.run(args, more)
      expect(found, `${args.join(' ')}: ${found.stderr}`).toMatchObject({ code, stdout: '' })
      expect(found.stderr).toContain(text)
      expect(found.stderr).not.toContain('wrong-wrong-wrong')
      expect(found.stderr).not.toContain(PASSWORD)
    }
    expect(emulator.requests.counts.total).toBe(0)
    const doctor = await a.run(['doctor', '--no-probe'], more)
    expect(doctor.stdout).toMatch(/^✗ state /m)
    expect(doctor.stdout).not.toContain(PASSWORD)
  })
})
