import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MYSQL_URL, type MysqlDatabase, makeMysqlDatabase, NEEDS_MYSQL } from './mysql-server.ts'
import { failureOf, open, readRows, readText } from './read-side.ts'

describe.skipIf(MYSQL_URL === undefined)(`MySQL or MariaDB (${NEEDS_MYSQL})`, () => {
  let database: MysqlDatabase
  let isMariaDB = false
  beforeAll(async () => {
    database = await makeMysqlDatabase()
    const [row] = (await database.run('select version() as version')) as { version: string }[]
    isMariaDB = /mariadb/i.test(row?.version ?? '')
    // Old data is of the time before strict modes.
    await database.run("set session sql_mode = '', time_zone = '+02:00'")
  })
  afterAll(async () => await database[Symbol.asyncDispose]())

  const read = (table: string) => readText(`${database.url}#${table}`, { env: database.env })
  const query = (sql: string) => readText(database.url, { query: sql, env: database.env })

  describe('types', () => {
    it('every value keeps its digits and characters', async () => {
      await database.run(`create table types (
        flag tinyint(1), tiny tinyint, small smallint unsigned, medium mediumint, filled int(5) zerofill,
        big bigint, huge bigint unsigned, price decimal(65,30), whole decimal(20,0), half float,
        fixed float(7,4), rate double, bit1 bit(1), bit64 bit(64), day date, at datetime(6),
        moment timestamp(3) null, span time(6), y year, code char(5), latin varchar(10) character set latin1,
        wide varchar(10) character set utf32, note text, choice enum('a','b,c'), several set('x','y'),
        hours json, twice int as (medium * 2), hidden int)`)
      await database.run(
        `insert into types values (1, -128, 65535, -8388608, 42, -9223372036854775808,
          18446744073709551615, '12345678901234567890.123450', 12345678901234567890, 0.1, 1.23456, 0.1, 1,
          b'1000000000000000000000000000000000000000000000000000000000000001', '2024-02-29',
          '2024-01-31 09:30:00.123456', '2024-01-31 09:30:00.5', '-838:59:59', 2024, '00501', 'é€', '😀',
          ?, 'b,c', 'x,y', '{"a": [1.10, 12345678901234567890], "b": "\\\\n"}', default, 1)`,
        ['line\n"two" \u2028 \ufffd 😀'],
      )
      await database.run(
        `insert into types (flag, half, rate) values (0, 3.4028235e38, 1e300), (2, 16777216, -0.1)`,
      )
      const { columns, text, notes } = await read('types')
      expect(columns).toEqual({
        flag: 'bool',
        tiny: 'int',
        small: 'int',
        medium: 'int',
        filled: 'int',
        big: 'int',
        huge: 'numeric',
        price: 'numeric',
        whole: 'numeric',
        half: 'numeric',
        fixed: 'numeric',
        rate: 'numeric',
        bit1: 'bool',
        bit64: 'numeric',
        day: 'timestamp',
        at: 'timestamp',
        moment: 'timestamp',
        span: 'text',
        y: 'int',
        code: 'text',
        latin: 'text',
        wide: 'text',
        note: 'text',
        choice: 'text',
        several: 'text',
        hours: 'jsonb',
        twice: 'int',
        hidden: 'int',
      })
      expect(notes).toEqual(['datetime has no time zone, and is read as UTC: "at"'])
      const [first = '', second, third] = text.split('\n')
      expect(first).toContain(
        '{"flag":1,"tiny":-128,"small":65535,"medium":-8388608,"filled":42,"big":-9223372036854775808,"huge":18446744073709551615,' +
          '"price":12345678901234567890.123450000000000000000000000000,"whole":12345678901234567890,"half":0.1,"fixed":1.2346,"rate":0.1,' +
          '"bit1":1,"bit64":9223372036854775809,"day":"2024-02-29","at":"2024-01-31T09:30:00.123456","moment":"2024-01-31T07:30:00.500Z",' +
          '"span":"-838:59:59","y":2024,"code":"00501","latin":"é€","wide":"😀","note":"line\\n\\"two\\" \u2028 \ufffd 😀","choice":"b,c","several":"x,y",',
      )
      expect(JSON.parse(first).hours).toMatchObject({ b: '\n' })
      if (isMariaDB) expect(first).toContain('"hours":{"a": [1.10, 12345678901234567890],')
      expect(second).toContain('"half":3.4028235e+38,"fixed":null,"rate":1e+300')
      expect(third).toContain('"flag":2')
      expect(third).toContain('"half":16777216,"fixed":null,"rate":-0.1')
      await expect(readRows(`${database.url}#types`, { env: database.env })).rejects.toThrow(
        'flag: "2" is neither true nor false',
      )
      const rows = await readRows(`${database.url}#types`, { env: database.env }, { flag: 'int' })
      expect(rows.map(([flag]) => flag)).toEqual([1, 0, 2])
    })

    it('types of MariaDB alone', async ({ skip }) => {
      if (!isMariaDB) skip('the server is not MariaDB')
      await database.run(`create table more (id uuid, net inet6, old inet4, checked longtext check (json_valid(checked)),
        secret int invisible)`)
      await database.run(
        `insert into more (id, net, old, checked) values ('6F9619FF-8B86-D011-B42D-00C04FC964FF', '::1', '10.0.0.1', '[1,\n2]')`,
      )
      const { columns, text } = await read('more')
      expect(columns).toEqual({ id: 'uuid', net: 'text', old: 'text', checked: 'jsonb' })
      expect(text).toBe(
        '{"id":"6f9619ff-8b86-d011-b42d-00c04fc964ff","net":"::1","old":"10.0.0.1","checked":[1, 2]}\n',
      )
    })

    it.each(['blob', 'varbinary(5)', 'binary(16)', 'point'])('%s is an error', async (type) => {
      const name = `no_${type.replaceAll(/\W/g, '')}`
      await database.run(`create table ${name} (id int, photo ${type})`)
      const failure = await failureOf(open(`${database.url}#${name}`, { env: database.env }))
      expect(failure).toContain(`no table keeps bytes, which are in "photo" (${type})`)
      expect((await query(`select id, hex(photo) as photo from ${name}`)).text).toBe('')
    })

    it.each([
      ['date', '0000-00-00'],
      ['date', '2024-00-10'],
      ['datetime', '2024-01-00 10:00:00'],
      ['timestamp null', '0000-00-00 00:00:00'],
    ])('%s %s is an error', async (type, value) => {
      await database.run('drop table if exists days')
      await database.run(`create table days (id int, day ${type})`)
      await database.run('insert into days values (1, null), (2, ?)', [value])
      await expect(read('days')).rejects.toThrow(
        `"day" of row 2 is a day that does not exist (${value.slice(0, 10)})`,
      )
      expect((await query('select cast(day as char) as day from days')).text).toContain(value)
    })

    it('text that the server did not check is an error', async ({ skip }) => {
      await database.run('create table broken (id int, note text character set utf8mb3)')
      try {
        await database.run("insert into broken values (1, _utf8mb3 x'61EDA080')")
      } catch {
        skip('the server checks it')
      }
      await expect(read('broken')).rejects.toThrow('"note" of row 1 is not valid UTF-8')
    })

    it('every number, text and time is the same when it is read', async () => {
      await database.run(`create table any_value (id int, f float, d double, n decimal(40,20), b bigint,
        s longtext, t datetime(6))`)
      const row = fc.tuple(
        fc.float({ noNaN: true, noDefaultInfinity: true }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.tuple(fc.bigInt(-(10n ** 20n) + 1n, 10n ** 20n - 1n), fc.stringMatching(/^\d{20}$/)),
        fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
        fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
        fc.date({
          min: new Date('1000-01-01T00:00:00Z'),
          max: new Date('9999-12-31T00:00:00Z'),
          noInvalidDate: true,
        }),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 200 }), async (rows) => {
          await database.run('delete from any_value')
          const values = rows.map(([f, d, [whole, fraction], b, s, t], index) => [
            index,
            f,
            d,
            `${whole}.${fraction}`,
            String(b),
            s,
            t.toISOString().replace('T', ' ').replace('Z', '000'),
          ])
          await database.run('insert into any_value values ?', [values])
          const { text } = await query('select * from any_value order by id')
          const lines = text.trimEnd().split('\n')
          for (const [index, [f, d, [whole, fraction], b, s, t]] of rows.entries()) {
            const line = lines[index] ?? ''
            const found = JSON.parse(line)
            expect(Math.fround(found.f)).toBe(f + 0)
            expect(found.d).toBe(d + 0)
            expect(line).toContain(`"b":${b},`)
            expect(line.replace('"n":-0.', '"n":0.')).toContain(`"n":${whole}.${fraction}`)
            expect(found.s).toBe(s)
            expect(new Date(`${found.t}Z`)).toEqual(t)
          }
        }),
        { numRuns: 8 },
      )
    })
  })

  describe('tables and queries', () => {
    beforeAll(async () => {
      await database.run('create table stores (id int primary key, name varchar(50))')
      await database.run("insert into stores values (2, 'b'), (1, 'a'), (3, 'c')")
      await database.run('create view open_stores as select * from stores where id > 1')
      await database.run('create table `Odd.Name ``1` (`a "b"` int)')
    })

    it('reads views, odd names and tables of another database', async () => {
      expect((await read('open_stores')).text.split('\n')).toHaveLength(3)
      expect((await read('"Odd.Name%20`1"')).columns).toEqual({ 'a "b"': 'int' })
      const other = await readText(
        `${database.url.replace(/\/[^/]*$/, '')}#${database.name}.stores`,
        {
          env: database.env,
        },
      )
      expect(other.text).toContain('{"id":1,"name":"a"}')
    })

    it.each([
      ['select name from stores order by name desc', '{"name":"c"}\n{"name":"b"}\n{"name":"a"}\n'],
      ['-- all\n(select 1 as n) union all (select 2)', '{"n":1}\n{"n":2}\n'],
      ['with x as (select 7 as n) select n from x /* ; */;', '{"n":7}\n'],
      ["select '?' as `a?`, null as n", '{"a?":"?","n":null}\n'],
      [
        'select sum(id) as s, avg(id) as a, count(*) as c from stores',
        '{"s":6,"a":2.0000,"c":3}\n',
      ],
      ['select name from stores where id > 9', ''],
    ])('%s', async (sql, text) => {
      expect((await query(sql)).text).toBe(text)
    })

    it.each([
      ['select 1 as a; select 2 as b', 'the query failed'],
      ['delete from stores', 'does not begin with select'],
      ['insert into stores values (9, 1) returning id', 'does not begin with select'],
      ['/*!50000 delete from stores */', 'does not begin with select'],
      ["select 'x' as x into outfile '/tmp/chatlayer-test'", 'has no columns'],
      ['select 1 into @a', 'has no columns'],
      ['call missing()', 'does not begin with select'],
      ['select * from stores where id = 1 for update', 'queries may only read'],
      ['select * from shops', "shops' doesn't exist"],
      ['select nope from stores', "Unknown column 'nope'"],
      ['select id, id from stores', 'several columns named "id"'],
      ['select * from stores where id = ?', 'has parameters'],
      ['select x from (select 1) (', 'the query failed'],
      ['', 'does not begin with select'],
    ])('does not run %s', async (sql, message) => {
      expect(await failureOf(open(database.url, { query: sql, env: database.env }))).toContain(
        message,
      )
    })

    it('cannot write through a function', async () => {
      await database.run(
        'create function add_store() returns int not deterministic modifies sql data begin insert into stores values (99, 0); return 1; end',
      )
      await expect(query('select add_store() as n')).rejects.toThrow('queries may only read')
      expect((await read('stores')).text).not.toContain('99')
    })

    it('names the tables that there are', async () => {
      const fail = (address: string) => failureOf(open(address, { env: database.env }))
      expect(await fail(database.url)).toMatch(/names no table .*open_stores, stores/)
      expect(await fail(`${database.url}#store`)).toContain('Did you mean #stores?')
      expect(await fail(database.url.replace(/\/[^/]*$/, '#stores'))).toContain('names no database')
      expect(await fail(`${database.url}_no#stores`)).toContain('there is no such database')
      expect(await fail(`${database.url}?ssl-mode=required#stores`)).toMatch(/TLS|certificate/)
      const wrong = database.url.replace('root@', 'nobody_here@')
      const denied = await failureOf(
        open(`${wrong}#stores`, { env: { MYSQL_PWD: 'wrong-password' } }),
      )
      expect(denied).toMatch(/^SideError: .* does not allow this: .*MYSQL_PWD/)
      expect(denied).not.toContain('wrong-password')
    })
  })

  it('is one snapshot of all rows, with a slow reader and flat memory', async () => {
    await database.run('create table many (id int primary key, note text) engine = innodb')
    for (let start = 0; start < 20_000; start += 1000) {
      const rows = Array.from({ length: 1000 }, (_, index) => [start + index, 'x'.repeat(1000)])
      await database.run('insert into many values ?', [rows])
    }
    await using side = await open(`${database.url}#many`, { env: database.env })
    await using reading = await side.read()
    await database.run('update many set note = 0')
    let bytes = 0
    let lines = 0
    for await (const chunk of reading.bytes()) {
      await new Promise((resolve) => setImmediate(resolve))
      bytes += chunk.length
      for (const byte of chunk) if (byte === 10) lines += 1
    }
    expect(lines).toBe(20_000)
    expect(bytes).toBeGreaterThan(20_000_000)
  })

  it('a connection that is killed in mid-read is an error that can be tried again', async () => {
    await using side = await open(database.url, {
      env: database.env,
      query: 'select a.id, connection_id() as c from many a, many b',
    })
    const reading = await side.read()
    const bytes = reading.bytes()
    const { value } = await bytes.next()
    const id = JSON.parse(
      Buffer.from(value ?? [])
        .toString()
        .split('\n', 1)[0] ?? '',
    ).c
    await database.run(`kill ${id}`)
    const readOn = async () => {
      for await (const _chunk of bytes);
    }
    await expect(readOn()).rejects.toMatchObject({
      name: 'SideError',
      code: 'SIDE_UNREACHABLE',
      isTransient: true,
    })
    await reading[Symbol.asyncDispose]()
  })

  it('stops when it is aborted, and when its reader ends early', async () => {
    const stop = new AbortController()
    await using side = await open(database.url, {
      env: database.env,
      query: 'select a.id from many a, many b',
    })
    const reading = await side.read({ signal: stop.signal })
    const bytes = reading.bytes()
    await bytes.next()
    stop.abort(new Error('enough'))
    await expect(bytes.next()).rejects.toThrow('enough')
    await reading[Symbol.asyncDispose]()
    await using second = await side.read()
    for await (const chunk of second.bytes()) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
  })

  it('an aborted reading stops the query on the server', async () => {
    const stop = new AbortController()
    const sql = 'select count(*) as stopped_query from many a, many b, many c where a.note < b.note'
    await using side = await open(database.url, { env: database.env, query: sql })
    await using reading = await side.read({ signal: stop.signal })
    const first = reading.bytes().next()
    const running = async () => {
      const list =
        "select count(*) as n from information_schema.processlist where info like '%stopped_query%' and id <> connection_id()"
      const [row] = (await database.run(list)) as { n: number }[]
      return Number(row?.n)
    }
    await expect.poll(running).toBe(1)
    stop.abort(new Error('enough'))
    await expect(first).rejects.toThrow('enough')
    await expect.poll(running).toBe(0)
  })
})
