/** `clt export --to` and `clt mirror` with a PostgreSQL that fails, or does not allow it. */
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { runSql, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { startProxy } from '@chatlayer-tables/sources/test-tcp-proxy'
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest'
import { connectionTo, type Env, type Result, run, start } from './cli.ts'

const postgres = await startPostgres()
afterAll(() => postgres.end())

const sql = (text: string) => runSql(postgres.url(), text)

let server: Emulator
let env: Env
let count = 0
/** A new name for the table of each test. */
let name: string

beforeEach(async () => {
  name = `t${count++}`
  const records = Array.from({ length: 1_200 }, (_, n) => ({ code: `c${n}` }))
  const columns = [{ name: 'code', type: 'text' }]
  server = await startEmulator({ tables: [{ name: 'stores', columns, records }] })
  env = connectionTo(server)
})

afterEach(() => server.close())

const args = (...more: string[]): string[] => ['export', 'stores', '--to', to(), ...more]
const to = (user = 'postgres'): string =>
  `${postgres.url().replace('postgres@', `${user}@`)}#${name}`

/** A table of an earlier export: of 100 rows, one of which has changed. */
async function exportSome(): Promise<unknown> {
  await expectOk(await run(args('--limit', '100'), env))
  await sql(`update ${name} set code = 'old' where id = (select min(id) from ${name})`)
  return await rows()
}

const rows = () => sql(`select * from ${name} order by id`)

function expectOk({ code, stderr }: Result): void {
  expect(code, stderr).toBe(0)
}

/** Waits for sessions of exports, by a condition on pg_stat_activity. @returns their processes */
async function sessions(condition: string): Promise<string[]> {
  for (;;) {
    const found = await sql(
      `select pid from pg_stat_activity where pid in
        (select pid from pg_locks where locktype = 'advisory' and granted) and ${condition}`,
    )
    if (found.length > 0) return found.map(({ pid }) => String(pid))
    await waitMs(20)
  }
}

/** Holds a lock on the table, as another program does. */
async function locked(work: () => Promise<void>): Promise<void> {
  const other = runSql(
    postgres.url(),
    `begin; lock table ${name} in share mode; select pg_sleep(600); commit`,
  ).catch(() => undefined)
  const find = `select pid from pg_stat_activity where query like '%lock table ${name} %' and wait_event = 'PgSleep'`
  await until(async () => (await sql(find)).length > 0)
  try {
    await work()
  } finally {
    await sql(`select pg_terminate_backend(pid) from (${find}) s`)
    await other
  }
}

it('leaves the table as it was when the connection is ended while records are read', async () => {
  const before = await exportSome()
  server.faults.add({ kind: 'latency', ms: 300 })
  const { result } = start(args(), env)
  const [pid] = await sessions(`query like 'create temporary table%'`)
  await sql(`select pg_terminate_backend(${pid})`)
  const { code, stderr } = await result
  expect([code, stderr]).toEqual([5, expect.stringContaining('ended the connection')])
  expect(stderr).toContain('hint: No record was written. Run the command again.')
  expect(await rows()).toEqual(before)
  server.faults.clear()
  expectOk(await run(args(), env))
  expect(await rows()).toHaveLength(1_200)
})

it('leaves the table as it was when the connection is ended in the merge', async () => {
  const before = await exportSome()
  await locked(async () => {
    const { result } = start(args(), env)
    const [pid] = await sessions(`wait_event_type = 'Lock'`)
    await sql(`select pg_terminate_backend(${pid})`)
    const { code, stderr } = await result
    expect([code, stderr]).toEqual([5, expect.stringContaining('ended the connection')])
  })
  expect(await rows()).toEqual(before)
})

it('waits for another session that has locked the table, and ends when it is interrupted', async () => {
  const before = await exportSome()
  await locked(async () => {
    const { child, result } = start(args(), env)
    await sessions(`wait_event_type = 'Lock'`)
    child.kill('SIGINT')
    expect((await result).code).toBe(130)
    // The server has stopped it too.
    await until(
      async () => (await sql(`select 1 from pg_locks where locktype = 'advisory'`)).length === 0,
    )
  })
  expect(await rows()).toEqual(before)
  await locked(async () => {
    const { result } = start(args(), env)
    await sessions(`wait_event_type = 'Lock'`)
    await sql(`select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`)
    expectOk(await result)
  })
  expect(await rows()).toHaveLength(1_200)
})

it('names the privilege that a user lacks, before records are read', async () => {
  const before = await exportSome()
  const role = `writer_${name}`
  await sql(`create role ${role} login; revoke temporary on database postgres from public`)
  const refused = async (...more: string[]): Promise<string> => {
    const requests = server.requests.counts.total
    const { code, stderr } = await run(['export', 'stores', '--to', to(role), ...more], env)
    expect(code, stderr).toBe(4)
    expect(server.requests.counts.total - requests, 'requests').toBe(1)
    return stderr
  }
  expect(await refused()).toContain(`grant select, insert, update on "public"."${name}" to`)
  await sql(`grant select, insert on ${name} to ${role}`)
  expect(await refused()).toContain(`grant update on "public"."${name}" to`)
  await sql(`grant update on ${name} to ${role}`)
  expect(await refused('--delete', '--yes')).toContain(`grant delete on`)
  expect(await refused()).toContain('grant temporary on database "postgres" to')
  await sql(`grant temporary on database postgres to ${role}`)
  expect(await refused('--since', 'last')).toContain('grant create on schema "public" to')
  await sql(`alter table ${name} drop column updated_at`)
  expect(await refused('--add-columns')).toContain('only its owner may add columns')
  await sql(`alter table ${name} add column updated_at timestamptz(6)`)
  expect(await rows()).toHaveLength((before as unknown[]).length)
  expectOk(await run(['export', 'stores', '--to', to(role)], env))
  expect(await rows()).toHaveLength(1_200)
  name = 'a_new_table'
  expect(await refused()).toContain('grant create on schema "public" to')
})

it('is mirrored again after an outage of the gateway, and of the database', async () => {
  const proxies = {
    gateway: await startProxy(Number(new URL(server.url).port)),
    database: await startProxy(postgres.port),
  }
  const command = [
    ...['mirror', 'stores', '--every', '200ms', '--json'],
    ...['--to', to().replace(`:${postgres.port}/`, `:${proxies.database.port}/`)],
  ]
  const own = { ...env, CHATLAYER_BASE_URL: server.url.replace(/:\d+/, `:${proxies.gateway.port}`) }
  const { child, result } = start(command, own)
  let out = ''
  child.stdout?.on('data', (text) => {
    out += text
  })
  const events = () =>
    out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  const number = (event: string) => events().filter((each) => each.event === event).length
  await until(async () => number('run') === 1)
  let outages = 0
  for (const which of ['gateway', 'database'] as const) {
    const { port, to: behind } = proxies[which]
    await proxies[which].end()
    await until(async () => number('failure') > outages)
    server.tables.insert('stores', [{ code: which }])
    proxies[which] = await startProxy(behind, { port })
    await until(async () => number('recovery') === (which === 'gateway' ? 1 : 2))
    outages = number('failure')
  }
  await until(async () => (await rows()).length === 1_202)
  child.kill('SIGTERM')
  expect((await result).code).toBe(130)
  const messages = events().flatMap(({ event, message }) => (event === 'failure' ? [message] : []))
  // Each problem is reported once, however often it is met.
  expect(new Set(messages).size).toBe(messages.length)
  await proxies.gateway.end()
  await proxies.database.end()
}, 60_000)

const waitMs = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await waitMs(20)
}
