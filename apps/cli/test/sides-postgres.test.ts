/** Commands that read PostgreSQL in place of a file: faults, kills, and what must not be written anywhere. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type PostgresServer, runSql, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reportOf, run, start } from './cli.ts'
import { useEmulator } from './fixture.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'price', type: 'numeric' },
  { name: 'opened', type: 'timestamp' },
  { name: 'hours', type: 'jsonb' },
  { name: 'is_open', type: 'bool' },
  { name: 'version', type: 'int' },
  { name: 'ref', type: 'uuid' },
] as const

/** `CLT_TEST_ROWS=100000` for the same with more rows. */
const ROWS = Number(process.env.CLT_TEST_ROWS ?? 300)

const { emulator, env, folder } = await useEmulator({
  tables: [{ name: 'stores', columns: COLUMNS }],
})

let server: PostgresServer

beforeAll(async () => {
  server = await startPostgres()
  await fill(600)
})

afterAll(() => server.end())

async function sql(text: string): Promise<Record<string, unknown>[]> {
  return await runSql(server.url(), text)
}

async function fill(rows: number): Promise<void> {
  await sql(`
    DROP TABLE IF EXISTS stores;
    CREATE TABLE stores (
      code varchar(20) PRIMARY KEY, name text, price numeric(12,2), opened timestamptz, hours jsonb,
      is_open boolean, version integer, ref uuid
    );
    INSERT INTO stores SELECT 'S' || n, repeat('Store ' || n || ' é', 10), n / 100.0,
      timestamptz '2024-01-01' + n * interval '1 minute', jsonb_build_object('n', n, 'list', '[1]'::jsonb),
      n % 2 = 0, 1, gen_random_uuid()
    FROM generate_series(1, ${rows}) n;
  `)
}

it('is named in a plan without the user, whatever the address is made of', async () => {
  const { username, password, host, pathname } = new URL(server.url())
  const file = join(folder, 'chatlayer.yaml')
  const planned = async (address: string) => {
    const from = JSON.stringify(`${address}#public.stores`)
    writeFileSync(file, `syncs:\n  stores: { from: ${from}, to: stores@draft, key: code }\n`)
    const secrets = { ...env, PASSWORD: password, SHOP: server.url() }
    const args = ['plan', '--exit-zero', '--file', file]
    const [text, json] = [await run(args, secrets), await run([...args, '--json'], secrets)]
    expect(text.code, text.stderr).toBe(0)
    const [{ from: name, source }] = JSON.parse(json.stdout).syncs
    expect(source.name).toBe(name)
    expect(text.stdout).toContain(`stores: ${name} to stores@draft`)
    return name
  }
  const name = `postgres://${host}${pathname}#public.stores`
  expect(await planned(`postgres://${username}:\${PASSWORD}@${host}${pathname}`)).toBe(name)
  expect(await planned(`\${SHOP}`)).toBe(name)
})

/** What PostgreSQL and the table hold, by code; both as the emulator stores it. */
async function expectEqual(): Promise<void> {
  const { code, stderr } = await run(
    ['diff', `${server.url()}#public.stores`, 'stores', '--key', 'code', '--summary'],
    env,
  )
  expect(code, stderr).toBe(0)
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** A proxy in front of the server. @param breaksAt bytes to the client after which a connection breaks */
async function startProxy(breaksAt: (connection: number) => number) {
  const sockets = new Set<Socket>()
  let count = 0
  const proxy = createServer((socket) => {
    const limit = breaksAt(count++)
    const other = connect(server.port, '127.0.0.1')
    let sent = 0
    for (const each of [socket, other]) {
      sockets.add(each)
      each.on('error', () => each.destroy())
    }
    socket.pipe(other)
    other.on('data', (chunk: Buffer) => {
      sent += chunk.length
      if (sent > limit) socket.destroy()
      else socket.write(chunk)
    })
    other.on('end', () => socket.end())
    socket.on('close', () => other.destroy())
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => proxy.once('listening', resolve))
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: server.url().replace(`:${server.port}/`, `:${address.port}/`),
    connections: () => count,
    async end() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}

/** All files below a folder, as texts. */
function contents(path: string): string {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

describe('PostgreSQL', () => {
  it('is imported and synced with every type, and read back as equal', async () => {
    const address = `${server.url()}#stores`
    const imported = await run(
      ['import', 'stores', address, '--mode', 'upsert', '--key', 'code'],
      env,
    )
    expect(imported.code, imported.stderr).toBe(0)
    await expectEqual()
    await sql(`
      UPDATE stores SET price = 0.05, hours = '{"a": [1.50, null]}', opened = 'now' WHERE code = 'S7';
      DELETE FROM stores WHERE code = 'S9'
    `)
    const args = ['sync', address, 'stores', '--key', 'code', '--delete']
    const dry = await run([...args, '--dry-run', '--json'], env)
    expect(dry.code, dry.stderr).toBe(0)
    const done = await run([...args, '--yes', '--json'], env)
    expect(reportOf(done.stdout)).toMatchObject({
      plan: { inserts: 0, updates: 1, deletes: 1 },
      source: expect.stringMatching(/^postgres:\/\/127\.0\.0\.1:\d+\/postgres#public\.stores$/),
      readBack: { equal: true },
    })
    await expectEqual()
  })

  it('shows the declared types', async () => {
    const { stdout } = await run(['infer', `${server.url()}#stores`, '--json'])
    const { columns } = JSON.parse(stdout) as { columns: { type: string; evidence: string }[] }
    expect(columns.map(({ type }) => type)).toEqual(COLUMNS.map(({ type }) => type))
    expect(columns[2]?.evidence).toBe('numeric(12,2) in the database')
  })

  it('is one snapshot, however it changes while it is read', async () => {
    await fill(8_000)
    const address = `${server.url()}#stores`
    const { child, result } = start(
      ['sync', address, 'stores', '--key', 'code', '--dry-run', '--json'],
      env,
    )
    let isDone = false
    const changing = (async () => {
      while (!isDone) await sql('UPDATE stores SET version = version + 1')
    })()
    child.stdin?.end()
    const { code, stdout, stderr } = await result
    isDone = true
    await changing
    await fill(600)
    expect(code, stderr).toBe(0)
    const versions = stdout
      .split('\n')
      .filter((line) => line.startsWith('{"event":"change"'))
      .map((line) => /"version":(\d+)/.exec(line)?.[1])
    expect([versions.length, new Set(versions).size]).toEqual([8_000, 1])
  }, 120_000)

  it('whose connection breaks is read again from the start', async () => {
    // The first connection finds the table, the second and third read it.
    const proxy = await startProxy((connection) =>
      connection === 1 || connection === 2 ? 100_000 : Number.POSITIVE_INFINITY,
    )
    const { code, stderr } = await run(['import', 'stores', `${proxy.url}#stores`, '--json'], env)
    const connections = proxy.connections()
    await proxy.end()
    expect(code, stderr).toBe(0)
    expect(connections).toBe(4)
    expect(stderr.match(/after [\d,]+( of 600)? rows; nothing was written yet/g)).toHaveLength(2)
    await expectEqual()
  })

  it('whose connection always breaks ends with nothing written and no job', async () => {
    const proxy = await startProxy((connection) => (connection === 0 ? 1e9 : 100_000))
    const { code, stderr } = await run(['import', 'stores', `${proxy.url}#stores`], env)
    await proxy.end()
    expect([code, emulator.tables.count('stores')]).toEqual([5, 0])
    expect(stderr).toContain('error: ')
    expect(JSON.parse((await run(['jobs', 'list', '--json'], env)).stdout)).toEqual([])
  })

  it.each(['import', 'sync'])(
    'is not needed to resume a killed %s, which writes what it had read',
    async (command) => {
      emulator.faults.add({ kind: 'latency', ms: 10, actions: ['INSERT'] })
      const proxy = await startProxy(() => Number.POSITIVE_INFINITY)
      const address = `${proxy.url}#stores`
      const args =
        command === 'import'
          ? ['import', 'stores', address]
          : ['sync', address, 'stores', '--key', 'code', '--yes']
      const { child, result } = start(args, env)
      await until(() => emulator.tables.count('stores') >= 100)
      child.kill('SIGKILL')
      await result
      await proxy.end()
      emulator.faults.clear()
      const [job] = JSON.parse((await run(['jobs', 'list', '--json'], env)).stdout) as {
        id: string
      }[]
      const resumed = await run(['jobs', 'resume', job?.id ?? '', '--json'], env)
      expect(resumed.code, resumed.stderr).toBe(0)
      expect(emulator.tables.count('stores')).toBe(600)
      await expectEqual()
      const files = readdirSync(join(folder, 'state'), { recursive: true }).map(String)
      expect(files.filter((name) => name.endsWith('/input'))).toEqual([])
    },
    120_000,
  )

  it('leaves its password nowhere, nor its user and parameters', async () => {
    const password = 's3cret-of-the-warehouse'
    await sql(`DROP ROLE IF EXISTS reader_of_all; CREATE ROLE reader_of_all LOGIN PASSWORD '${password}';
      GRANT SELECT ON stores TO reader_of_all`)
    emulator.faults.add({ kind: 'latency', ms: 10, actions: ['INSERT'] })
    const config = { ...env, XDG_CONFIG_HOME: join(folder, 'config') }
    const url = `${server.url().replace('postgres@', 'reader_of_all@')}?application_name=of_the_test`
    const added = await run(
      ['connections', 'add', 'warehouse', url, '--with-secret'],
      config,
      password,
    )
    expect(added.code, added.stderr).toBe(0)
    const secrets = join(folder, 'config/chatlayer-tables/connection-secrets/warehouse.json')
    expect(statSync(secrets).mode & 0o777).toBe(0o600)
    const listed = await run(['connections', 'list'], config)
    expect(listed.stdout + added.stdout + added.stderr + listed.stderr).not.toContain(password)

    const args = ['import', 'stores', 'postgres://warehouse#public.stores', '--verbose']
    const { child, result } = start(args, { ...config, PGPASSWORD: 'other-secret' })
    await until(() => emulator.tables.count('stores') >= 100)
    const command = readFileSync(`/proc/${child.pid}/cmdline`, 'latin1')
    child.kill('SIGINT')
    const { code, stdout, stderr } = await result
    expect(code).toBe(130)
    const shown = await run(['jobs', 'show', '--json', ...jobIn(stderr)], env)
    const all = [command, stdout, stderr, shown.stdout, contents(join(folder, 'state'))].join('\n')
    for (const text of [password, 'other-secret', 'reader_of_all', 'of_the_test']) {
      expect(all.includes(text), text).toBe(false)
    }
    expect(shown.stdout).toContain('/postgres#public.stores')
    emulator.faults.clear()
    const resumed = await run(['jobs', 'resume', ...jobIn(stderr)], env)
    expect(resumed.code, resumed.stderr).toBe(0)
    await expectEqual()
  }, 120_000)

  it('may have names and values that control a terminal', async () => {
    await sql(`
      DROP SCHEMA IF EXISTS "odd \u001b[31m" CASCADE; CREATE SCHEMA "odd \u001b[31m";
      CREATE TABLE "odd \u001b[31m"."t\n1" ("na\nme\u001b[2J" text, "code" text);
      INSERT INTO "odd \u001b[31m"."t\n1" VALUES (E'\\u001b[31mred\\u202e', E'a\\nb')
    `)
    const address = `${server.url()}#${encodeURIComponent('"odd \u001b[31m"."t\n1"')}`
    for (const args of [
      ['infer', address],
      ['import', 'stores', address],
      ['import', 'stores', address, '--ignore', 'na\nme\u001b[2J'],
      ['diff', address, 'stores', '--key', 'code'],
      ['jobs', 'list'],
    ]) {
      const { stdout, stderr } = await run(args, env)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not appear
      expect(stdout + stderr, args.join(' ')).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e]/)
    }
    const values = emulator.tables.records('stores').map((record) => record.values.code)
    expect(values).toEqual(['a\nb'])
  })

  it(
    'to a table and back is the same table, in every type',
    async () => {
      await sql(`DROP TABLE IF EXISTS every_type, back; CREATE TABLE every_type AS SELECT
      'S' || n AS code, (n || repeat(E' é\\n"\\\\', (n % 3)::int))::varchar AS name,
      CASE n % 4 WHEN 0 THEN n::numeric(30,10) / 7 WHEN 1 THEN -n WHEN 2 THEN 0.10 END AS price,
      timestamptz '1999-12-31 23:59:59.999+02' + n * interval '1.001 seconds' AS opened,
      CASE WHEN n % 5 > 0 THEN jsonb_build_object('n', n, 'x', jsonb_build_array(1.50, null, 'é'), 'e', '') END AS hours,
      CASE n % 3 WHEN 0 THEN true WHEN 1 THEN false END AS is_open,
      (n - 2147483648)::int AS version, gen_random_uuid() AS ref
      FROM generate_series(1::bigint, ${ROWS}) n`)
      const there = await run(['import', 'stores', `${server.url()}#every_type`], env)
      expect(there.code, there.stderr).toBe(0)
      const back = await run(['export', 'stores', '--to', `${server.url()}#back`], env)
      expect(back.code, back.stderr).toBe(0)
      const columns = COLUMNS.map(({ name }) => name).join(', ')
      const [counts] = await sql(`
      WITH a AS (SELECT ${columns} FROM every_type), b AS (SELECT ${columns} FROM back)
      SELECT (SELECT count(*)::int FROM b) AS rows,
        (SELECT count(*)::int FROM (SELECT * FROM a EXCEPT SELECT * FROM b) x) AS missing,
        (SELECT count(*)::int FROM (SELECT * FROM b EXCEPT SELECT * FROM a) x) AS more
    `)
      expect(counts).toEqual({ rows: ROWS, missing: 0, more: 0 })
    },
    ROWS > 1_000 ? 3_600_000 : 60_000,
  )

  it('that is missing or rejects is an error that names it without user', async () => {
    const none = await run(['infer', 'postgres://someone@127.0.0.1:1/db#t'])
    expect([none.code, none.stderr]).toEqual([
      5,
      expect.stringContaining('postgres://127.0.0.1:1/db'),
    ])
    const role = await run(['infer', `${server.url().replace('postgres@', 'nobody_here@')}#stores`])
    expect(role.code, role.stderr).toBe(4)
    expect((await run(['infer', `${server.url()}#no_such_table`])).code).toBe(2)
  })
})

function jobIn(stderr: string): string[] {
  const [, job = ''] = /jobs resume (\w+)/.exec(stderr) ?? []
  return [job]
}
