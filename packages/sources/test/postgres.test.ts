import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidInputError } from '@chatlayer-tables/core'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SideError } from '../src/index.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import { failureOf, open, readText } from './read-side.ts'
import { startProxy } from './tcp-proxy.ts'

let server: PostgresServer
let client: pg.Client

beforeAll(async () => {
  server = await startPostgres({ max_connections: '20' })
  client = new pg.Client(server.url())
  await client.connect()
})

afterAll(async () => {
  await client?.end()
  await server?.end()
})

const at = (table = '') => `${server.url()}${table === '' ? '' : `#${table}`}`
const linesOf = async (address: string, input = {}) =>
  (await readText(address, input)).text.trimEnd().split('\n')

describe('tables', () => {
  beforeAll(async () => {
    await client.query(`
      create schema shop;
      create table stores (code text primary key, "Opening Hours" int, gone int,
        double int generated always as ("Opening Hours" * 2) stored,
        later int generated always as ("Opening Hours" * 3) virtual);
      alter table stores drop column gone;
      insert into stores values ('a', 9), ('b', null);
      create table shop."Odd.Name" (a int);
      create view shop.view as select code from stores order by code desc;
      create materialized view shop.materialized as select code from stores;
      create materialized view shop.empty as select code from stores with no data;
      create table shop.parts (n int) partition by range (n);
      create table shop.parts_1 partition of shop.parts for values from (0) to (10);
      create table shop.parts_2 partition of shop.parts for values from (10) to (20);
      insert into shop.parts values (1), (11);
      create table shop.nothing ();
      create index on stores (code);
    `)
  })

  it('are read with all columns but dropped ones', async () => {
    const { text, name } = await readText(at('stores'))
    expect(text).toBe(
      '{"code":"a","Opening Hours":9,"double":18,"later":27}\n' +
        '{"code":"b","Opening Hours":null,"double":null,"later":null}\n',
    )
    expect(name).toBe(`postgres://127.0.0.1:${server.port}/postgres#public.stores`)
  })

  it('with a blank name of a column are refused, since no header can name it', async () => {
    await client.query('create table shop.blank (a int, " " text, "\t" text)')
    const error = await failureOf(readText(at('shop.blank')))
    expect(error).toContain('shop.blank has columns with a blank name: column 2, column 3 ')
  })

  it('are counted', async () => {
    await using side = await open(at('stores'))
    await using reading = await side.read()
    expect(reading.count).toBe(2)
    expect(side).toMatchObject({ kind: 'postgres', can: { snapshot: true, unchanged: false } })
  })

  it.each([
    ['shop."Odd.Name"', []],
    ['shop.view', ['{"code":"b"}', '{"code":"a"}']],
    ['shop.materialized', ['{"code":"a"}', '{"code":"b"}']],
    ['shop.parts', ['{"n":1}', '{"n":11}']],
    ['shop.parts_2', ['{"n":11}']],
  ])('%s', async (table, lines) => {
    expect(await linesOf(at(table))).toEqual(lines.length === 0 ? [''] : lines)
  })

  it('can be read several times, also at once', async () => {
    await using side = await open(at('stores'))
    const read = async () => {
      await using reading = await side.read()
      let bytes = 0
      for await (const chunk of reading.bytes()) bytes += chunk.length
      return bytes
    }
    const [first, ...others] = await Promise.all([read(), read(), read()])
    expect(others).toEqual([first, first])
  })

  it.each([
    ['store', /no table store.*Did you mean #public.stores/],
    ['STORES', /Did you mean #public.stores/],
    ['shop.vieww', /Did you mean #shop.view/],
    ['views', /Did you mean #shop.view/],
    ['zebra', /Tables: public.stores, shop/],
    ['', /names no table/],
    ['stores_code_idx', /no table/],
    ['shop.nothing', /no columns/],
    ['shop.empty', /not been populated/],
  ])('%s is not one', async (table, message) => {
    expect(await failureOf(readText(at(table)))).toMatch(message)
  })

  it('of a database that does not exist', async () => {
    const failure = await failureOf(readText(`${server.url('nope')}#stores`))
    expect(failure).toMatch(/^InvalidInputError: .*nope: there is no such database/)
  })
})

describe('queries', () => {
  it.each([
    ['select code from stores order by code desc', ['{"code":"b"}', '{"code":"a"}']],
    ['with a as (select 1 as n) select * from a;', ['{"n":1}']],
    ['table stores limit 0', ['']],
    ['values (1, 2)', ['{"column1":1,"column2":2}']],
    ['-- one\n/* two */ (select 1 as n)', ['{"n":1}']],
    ['select 1 as n -- end', ['{"n":1}']],
  ])('%s', async (query, lines) => {
    expect(await linesOf(at(), { query })).toEqual(lines)
  })

  it('have a name that says nothing of the query', async () => {
    const { name } = await readText(at(), { query: "select 'secret' as a" })
    expect(name).toMatch(/\/postgres \(query [0-9a-f]{8}\)$/)
  })

  it.each([
    ['', 'does not begin with'],
    ['insert into stores values (1)', 'does not begin with'],
    ['commit', 'does not begin with'],
    ['select 1 as a; select 2 as a', 'several statements'],
    ['select 1 as a; drop table stores', 'several statements'],
    ['with a as (delete from stores returning code) select * from a', 'the query writes'],
    ['select code from stores for update', 'the query writes'],
    ["select setval('numbers', 2) as a", 'the query writes'],
    ["select set_config('transaction_read_only', 'off', false) as a", 'the query failed'],
    ['select 1 as a into other', 'the query failed'],
    ['select nope from stores', 'column "nope" does not exist (42703), at character 8'],
    ['select * from nope', 'at character 15'],
    ['select 1, 2 as a', 'without a name: column 1'],
    ['select 1 as a, 2 as a', 'several columns named "a"'],
    ['select', 'no columns'],
    ['select 1 / 0 as a', 'division by zero'],
    ["select cast(code || 'geheim' as int) as a from stores", 'not valid for the type'],
  ])('%s fails', async (query, message) => {
    await client.query('create sequence if not exists numbers')
    const failure = await failureOf(readText(at(), { query }))
    expect(failure).toContain(`InvalidInputError: `)
    expect(failure).toContain(message)
    expect(failure).not.toContain('geheim')
  })

  it('fail where a row does, after others were read', async () => {
    const query = 'select 1 / (50000 - n) as a from generate_series(1, 100000) n'
    expect(await failureOf(readText(at(), { query }))).toContain('division by zero')
  })

  it('take no table beside them', async () => {
    const failure = await failureOf(readText(at('stores'), { query: 'select 1 as a' }))
    expect(failure).toContain('cannot be combined')
  })
})

describe('a reading', () => {
  beforeEach(async () => {
    await client.query(`
      drop table if exists numbers_t;
      create table numbers_t as select n, repeat('x', 100) as t from generate_series(1, 20000) n`)
  })

  it('is one snapshot, whatever is written meanwhile', async () => {
    await using side = await open(at('numbers_t'))
    await using reading = await side.read()
    await client.query('delete from numbers_t where n > 10; insert into numbers_t values (0)')
    let text = ''
    for await (const chunk of reading.bytes()) text += Buffer.from(chunk).toString()
    expect(text.trimEnd().split('\n')).toHaveLength(20_000)
    expect(reading.count).toBe(20_000)
  })

  it('may be slower than limits of time allow', async () => {
    await client.query(`
      drop role if exists hasty; create role hasty login;
      grant select on numbers_t to hasty;
      alter role hasty set statement_timeout = '200ms';
      alter role hasty set idle_in_transaction_session_timeout = '200ms';
      alter role hasty set transaction_timeout = '200ms'`)
    await using side = await open(at('numbers_t').replace('postgres@', 'hasty@'))
    await using reading = await side.read()
    await sleep(300)
    let bytes = 0
    for await (const chunk of reading.bytes()) {
      if (bytes === 0) await sleep(300)
      bytes += chunk.length
    }
    expect(bytes).toBeGreaterThan(2_000_000)
  })

  it('keeps a limit that is set for it', async () => {
    const address = `${server.url()}?options=-c%20statement_timeout%3D100ms`
    const failure = await failureOf(readText(address, { query: 'select pg_sleep(10)::text as a' }))
    expect(failure).toMatch(/SideError: .*stopped the query/)
  })

  it('stops the query of the server when it is aborted, or not read to its end', async () => {
    const running = async () => {
      const { rows } = await client.query(
        `select count(*)::int as n from pg_stat_activity
         where pid <> pg_backend_pid() and backend_type = 'client backend'`,
      )
      return rows[0].n
    }
    const abort = new AbortController()
    const slow = readText(at(), {
      query: 'select n, pg_sleep(60)::text as s from generate_series(1, 10) n',
      signal: abort.signal,
    })
    const reason = slow.catch((error: unknown) => error)
    await expect.poll(running).toBe(1)
    abort.abort(new Error('enough'))
    expect(await reason).toMatchObject({ message: 'enough' })
    await expect.poll(running).toBe(0)
    await using side = await open(at(), {
      query: 'select generate_series(1, 100000000) as n',
    })
    await using reading = await side.read()
    for await (const _ of reading.bytes()) break
    await expect.poll(running).toBe(0)
  })

  it('says why it broke, and that it may be tried again', async () => {
    const proxy = await startProxy(server.port)
    const address = `postgres://postgres@127.0.0.1:${proxy.port}/postgres`
    const query = 'select generate_series(1, 100000000) as n'
    for (const destroy of [
      () =>
        client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'`,
        ),
      () => proxy.destroyAll(),
    ]) {
      await using side = await open(address, { query })
      await using reading = await side.read()
      const read = async () => {
        let isFirst = true
        for await (const _ of reading.bytes()) {
          if (isFirst) await destroy()
          isFirst = false
        }
      }
      const error = await read().catch((failure: unknown) => failure)
      expect(error).toBeInstanceOf(SideError)
      expect(error).toMatchObject({ code: 'SIDE_UNREACHABLE', isTransient: true })
    }
    await proxy.end()
  })

  it('is whole or an error, wherever the connection breaks', async () => {
    const query = `select n, repeat('x', 50) as t from generate_series(1, 300) n`
    const { text } = await readText(at(), { query })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30_000 }), async (breakAfter) => {
        const proxy = await startProxy(server.port, { breakAfter })
        const address = `postgres://postgres@127.0.0.1:${proxy.port}/postgres`
        const result = await readText(address, { query }).catch((error: unknown) => error)
        await proxy.end()
        if (result instanceof SideError) {
          expect(result).toMatchObject({ code: 'SIDE_UNREACHABLE', isTransient: true })
        } else {
          expect(result).toMatchObject({ text })
        }
      }),
      { numRuns: 25, examples: [[1], [30_000]] },
    )
  })

  it('has flat memory of rows of any size, and of many', async () => {
    const query = `select n, repeat('x', 1000000) as t from generate_series(1, 240) n`
    await using side = await open(at(), { query })
    await using reading = await side.read()
    const start = process.memoryUsage().arrayBuffers
    let peak = 0
    let bytes = 0
    for await (const chunk of reading.bytes()) {
      bytes += chunk.length
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - start)
    }
    expect(bytes).toBeGreaterThan(240_000_000)
    // Buffers that were read wait for the garbage collector: on a busy machine, some 50 MB of them.
    expect(peak).toBeLessThan(120_000_000)
  })
})

describe('what a user may not read', () => {
  beforeAll(async () => {
    await client.query(`
      create role reader login; create role stranger login;
      create table staff (name text, salary int, owner text);
      insert into staff values ('Ann', 1, 'reader'), ('Bob', 2, 'stranger');
      grant select (name, owner) on staff to reader;
      create table secured as select * from staff;
      grant select on secured to reader;
      alter table secured enable row level security;
      create policy own on secured using (owner = current_user);
      create schema hidden; create table hidden.things (a int);
    `)
  })
  const as = (user: string, table: string) => at(table).replace('postgres@', `${user}@`)

  it.each([
    ['reader', 'staff', /may not read "salary" of public.staff.*with a query/],
    ['stranger', 'staff', /may not read public.staff/],
    ['stranger', 'hidden.things', /permission denied for schema hidden/],
  ])('%s: %s', async (user, table, message) => {
    const failure = await failureOf(readText(as(user, table)))
    expect(failure).toMatch(message)
    await expect(readText(as(user, table))).rejects.toMatchObject({ code: 'SIDE_ACCESS' })
  })

  it('is noted where policies hide rows', async () => {
    const { text, notes } = await readText(as('reader', 'secured'))
    expect(text).toBe('{"name":"Ann","salary":1,"owner":"reader"}\n')
    expect(notes).toEqual([expect.stringContaining('row-level security')])
    expect((await readText(at('secured'))).notes).toEqual([])
  })
})

describe('a server that cannot be used', () => {
  it.each([
    ['postgres://zoe@127.0.0.1:1/shop#a', 'no server is listening', true],
    ['postgres://zoe@nowhere.invalid/shop#a', 'the host does not exist', false],
    ['postgres:///shop?host=/nonexistent&user=zoe#a', 'no socket', false],
  ])('%s', async (address, message, isTransient) => {
    const error = await readText(address).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'SIDE_UNREACHABLE', isTransient })
    expect(String(error)).toContain(message)
    expect(String(error)).not.toContain('zoe')
  })

  it('has too many connections', async () => {
    const clients = Array.from({ length: 20 }, () => new pg.Client(server.url()))
    for (const each of clients) each.on('error', () => {})
    await Promise.allSettled(clients.map((each) => each.connect()))
    const error = await readText(at('stores')).catch((failure: unknown) => failure)
    await Promise.allSettled(clients.map((each) => each.end()))
    expect(error).toMatchObject({ code: 'SIDE_UNREACHABLE', isTransient: true })
  })

  it('is not a PostgreSQL, or asks for what is not supported', async () => {
    const asks = Buffer.from('R\0\0\0\x08\0\0\0\x07', 'latin1')
    for (const response of [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), asks]) {
      const proxy = await startProxy(0, { response })
      const address = `postgres://ann@127.0.0.1:${proxy.port}/shop?connect_timeout=1#a`
      const error = await readText(address).catch((failure: unknown) => failure)
      await proxy.end()
      expect(error).toBeInstanceOf(SideError)
    }
  })

  it('does not respond', async () => {
    const proxy = await startProxy(0, { response: Buffer.alloc(0) })
    const address = `postgres://ann@127.0.0.1:${proxy.port}/shop?connect_timeout=1#a`
    const error = await readText(address).catch((failure: unknown) => failure)
    await proxy.end()
    expect(error).toMatchObject({ code: 'SIDE_UNREACHABLE', isTransient: true })
    expect(error).not.toBeInstanceOf(InvalidInputError)
  })
})
