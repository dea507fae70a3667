import { type JsonValue, stringifyJson, type Value } from '@chatlayer-tables/core'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import { open, readRows, readText } from './read-side.ts'

let server: PostgresServer
let client: pg.Client

beforeAll(async () => {
  // Settings that would change the text of values.
  server = await startPostgres({
    DateStyle: 'SQL, DMY',
    IntervalStyle: 'sql_standard',
    TimeZone: 'Asia/Kathmandu',
    extra_float_digits: '-5',
    bytea_output: 'escape',
  })
  client = new pg.Client(server.url())
  await client.connect()
  await client.query(`
    create extension citext; create extension hstore;
    create type mood as enum ('sad', 'it''s "ok"');
    create domain price as numeric(10, 2);
    create domain best_price as price check (value > 0);
    create type pair as (a int, b text, c timestamptz[], "d e" price);
  `)
})

afterAll(async () => {
  await client?.end()
  await server?.end()
})

/** Type, literals, the type of the table's column, and the same values in its JSON. */
const CASES: readonly (readonly [string, readonly string[], string, readonly string[]])[] = [
  ['smallint', ['-32768'], 'int', ['-32768']],
  ['integer', ['2147483647'], 'int', ['2147483647']],
  [
    'bigint',
    ['-9223372036854775808', '9223372036854775807'],
    'int',
    ['-9223372036854775808', '9223372036854775807'],
  ],
  ['oid', ['4294967295'], 'int', ['4294967295']],
  ['xid', ['4294967295'], 'int', ['4294967295']],
  ['xid8', ['18446744073709551615'], 'numeric', ['18446744073709551615']],
  [
    'numeric',
    ['1.10', '-0.000', '123456789012345678901234567890.123456789', 'NaN'],
    'numeric',
    ['1.10', '0.000', '123456789012345678901234567890.123456789', '"NaN"'],
  ],
  ['numeric(10,2)', ['1.005'], 'numeric', ['1.01']],
  [
    'real',
    ['1.1', '1e-45', '3.4028235e38', 'NaN'],
    'numeric',
    ['1.1', '1e-45', '3.4028235e+38', '"NaN"'],
  ],
  [
    'double precision',
    ['0.1', '1e300', '5e-324', '1.7976931348623157e308', '-0'],
    'numeric',
    ['0.1', '1e+300', '5e-324', '1.7976931348623157e+308', '-0'],
  ],
  ['money', ['1234.5', '-0.01'], 'text', ['"$1,234.50"', '"-$0.01"']],
  ['boolean', ['t', 'f'], 'bool', ['true', 'false']],
  [
    'text',
    ['', 'a\n\t"\\', '😀é\u0001\u2028'],
    'text',
    ['""', '"a\\n\\t\\"\\\\"', '"😀é\\u0001\u2028"'],
  ],
  ['character varying(20)', [' a '], 'text', ['" a "']],
  ['character(5)', ['ab', ' '], 'text', ['"ab"', '""']],
  ['name', ['x'], 'text', ['"x"']],
  ['"char"', ['x'], 'text', ['"x"']],
  [
    'uuid',
    ['A0EEBC999C0B4EF8BB6D6BB9BD380A11'],
    'uuid',
    ['"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"'],
  ],
  ['json', ['{"b": 1.0,\n "a":[1e2]}', 'null'], 'jsonb', ['{"b": 1.0,  "a":[1e2]}', 'null']],
  [
    'jsonb',
    ['{"b": 1.10, "a": 123456789012345678901}', '"x"'],
    'jsonb',
    ['{"a": 123456789012345678901, "b": 1.10}', '"x"'],
  ],
  ['date', ['0001-01-01', '9999-12-31'], 'timestamp', ['"0001-01-01"', '"9999-12-31"']],
  [
    'time without time zone',
    ['24:00:00', '01:02:03.000004'],
    'text',
    ['"24:00:00"', '"01:02:03.000004"'],
  ],
  ['time with time zone', ['12:00-15:59'], 'text', ['"12:00:00-15:59"']],
  [
    'timestamp without time zone',
    ['2024-01-31 09:30', '0001-01-01 00:00:00.000001'],
    'timestamp',
    ['"2024-01-31T09:30:00"', '"0001-01-01T00:00:00.000001"'],
  ],
  [
    'timestamp with time zone',
    ['2024-01-31 09:30+02', '9999-12-31 23:59:59.999999Z'],
    'timestamp',
    ['"2024-01-31T07:30:00Z"', '"9999-12-31T23:59:59.999999Z"'],
  ],
  [
    'interval',
    ['1 year -2 days 3.5 seconds', '0', 'infinity'],
    'text',
    ['"P1Y-2DT3.5S"', '"PT0S"', '"infinity"'],
  ],
  ['integer[]', ['{}', '{1,NULL}', '{{1,2},{3,4}}'], 'jsonb', ['[]', '[1,null]', '[[1,2],[3,4]]']],
  ['text[]', ['{"a,b","NULL",NULL,"\\"q\\"",""}'], 'jsonb', ['["a,b","NULL",null,"\\"q\\"",""]']],
  ['numeric[]', ['{1.10,NaN,-Infinity}'], 'jsonb', ['[1.10,"NaN","-Infinity"]']],
  ['boolean[]', ['{t,f}'], 'jsonb', ['[true,false]']],
  ['jsonb[]', ['{"{\\"a\\": 1.0}"}'], 'jsonb', ['[{"a": 1.0}]']],
  ['date[]', ['{infinity,"0044-03-15 BC"}'], 'jsonb', ['["infinity","0044-03-15 BC"]']],
  ['timestamp with time zone[]', ['{2024-01-31 09:30+02}'], 'jsonb', ['["2024-01-31T07:30:00Z"]']],
  ['box[]', ['{(1,2),(0,0);(1,1),(0,0)}'], 'jsonb', ['["(1,2),(0,0)","(1,1),(0,0)"]']],
  ['mood', ['it\'s "ok"'], 'text', ['"it\'s \\"ok\\""']],
  ['mood[]', ['{sad}'], 'jsonb', ['["sad"]']],
  ['best_price', ['1.5'], 'numeric', ['1.50']],
  ['best_price[]', ['{1.5}'], 'jsonb', ['[1.50]']],
  [
    'pair',
    ['(1,"a ""q"" \\\\ ,(b)","{""2024-01-31 09:30Z""}",1.5)', '(,"",,)'],
    'jsonb',
    [
      '{"a":1,"b":"a \\"q\\" \\\\ ,(b)","c":["2024-01-31T09:30:00Z"],"d e":1.50}',
      '{"a":null,"b":"","c":null,"d e":null}',
    ],
  ],
  ['pair[]', ['{"(1,x,,)",NULL}'], 'jsonb', ['[{"a":1,"b":"x","c":null,"d e":null},null]']],
  ['int4range', ['[1,5]', 'empty'], 'text', ['"[1,6)"', '"empty"']],
  ['tstzrange', ['[2024-01-31 09:30Z,)'], 'text', ['"[\\"2024-01-31 09:30:00+00\\",)"']],
  ['nummultirange', ['{[1.5,2)}'], 'text', ['"{[1.5,2)}"']],
  ['point', ['(1.5,2)'], 'text', ['"(1.5,2)"']],
  ['line', ['{1,2,3}'], 'text', ['"{1,2,3}"']],
  ['lseg', ['[(1,2),(3,4)]'], 'text', ['"[(1,2),(3,4)]"']],
  ['path', ['((1,2))'], 'text', ['"((1,2))"']],
  ['polygon', ['((1,2))'], 'text', ['"((1,2))"']],
  ['circle', ['<(1,2),3>'], 'text', ['"<(1,2),3>"']],
  ['inet', ['10.0.0.1/8', '::1'], 'text', ['"10.0.0.1/8"', '"::1"']],
  ['cidr', ['10.0.0.0/8'], 'text', ['"10.0.0.0/8"']],
  ['macaddr', ['08:00:2b:01:02:03'], 'text', ['"08:00:2b:01:02:03"']],
  ['macaddr8', ['08:00:2b:01:02:03:04:05'], 'text', ['"08:00:2b:01:02:03:04:05"']],
  ['bit(3)', ['101'], 'text', ['"101"']],
  ['bit varying(5)', ['1'], 'text', ['"1"']],
  ['tsvector', ['fat:2 cat:1A'], 'text', ["\"'cat':1A 'fat':2\""]],
  ['tsquery', ['fat & !rat'], 'text', ["\"'fat' & !'rat'\""]],
  ['xml', ['<a b="1"/>'], 'text', ['"<a b=\\"1\\"/>"']],
  ['pg_lsn', ['16/B374D848'], 'text', ['"16/B374D848"']],
  ['pg_snapshot', ['10:20:10,14'], 'text', ['"10:20:10,14"']],
  ['tid', ['(1,2)'], 'text', ['"(1,2)"']],
  ['jsonpath', ['$.a'], 'text', ['"$.\\"a\\""']],
  ['int2vector', ['1 2'], 'text', ['"1 2"']],
  ['regclass', ['pg_class'], 'text', ['"pg_class"']],
  ['refcursor', ['x'], 'text', ['"x"']],
  ['citext', ['Ab'], 'text', ['"Ab"']],
  ['hstore', ['a=>1, b=>NULL'], 'text', [String.raw`"\"a\"=>\"1\", \"b\"=>NULL"`]],
]

describe('every type', () => {
  it.each(CASES)('%s', async (type, literals, column, expected) => {
    await client.query(`drop table if exists one; create table one (n int, v ${type})`)
    for (const [n, literal] of [...literals, null].entries()) {
      await client.query(`insert into one values (${n}, $1)`, [literal])
    }
    const address = `${server.url()}#one`
    await using side = await open(address)
    await using reading = await side.read()
    expect(reading.columns?.[1]).toEqual({ name: 'v', type: column, declared: type })
    const lines = (await readText(address)).text.trimEnd().split('\n')
    expect(lines).toEqual([...expected, 'null'].map((text, n) => `{"n":${n},"v":${text}}`))
    // What a table would store is the same for the server.
    const rows = await readRows(address)
    const same = sameValue(type, column)
    if (same === undefined) return
    for (const [n, v = null] of rows) {
      const { rows: found } = await client.query(`select ${same} as same from one where n = $2`, [
        column === 'jsonb' ? stringifyJson(v as JsonValue) : asText(v),
        n,
      ])
      expect([type, n, found[0].same]).toEqual([type, n, true])
    }
  })

  it('covers all that a column can have', async () => {
    const { rows } = await client.query(`
      select format_type(oid, null) as name from pg_type
      where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm') and typelem = 0`)
    const own = CASES.map(([type]) => type.replace(/\(\d.*\)/, ''))
    // Others are read as text by the same rule: these are internal, or like one of those above.
    const like =
      /^(?:reg|cid$|pg_|gtsvector|txid_snapshot|aclitem|daterange|datemulti|.*range$|bytea|\w+multirange|path|unknown)/
    expect(
      rows.map(({ name }) => name).filter((name) => !own.includes(name) && !like.test(name)),
    ).toEqual([])
  })
})

/** The condition that a value of a table, `$1`, means what the row has. */
function sameValue(type: string, column: string): string | undefined {
  if (column !== 'jsonb') {
    const text = `$1::text${type.startsWith('timestamp with') ? '::timestamptz' : ''}`
    // Types without equality are compared by their text.
    return /^(?:xml|point|line|path|polygon|jsonpath|pg_snapshot|refcursor|regclass)/.test(type)
      ? `$1::${type}::text is not distinct from v::text`
      : `${text}::${type} is not distinct from v`
  }
  return type.includes('[]') || type === 'pair'
    ? undefined
    : `coalesce($1::jsonb, 'null') = coalesce(v::jsonb, 'null')`
}

function asText(value: Value): string | null {
  if (value === null || typeof value === 'string') return value as string | null
  return stringifyJson(value as JsonValue)
}

describe('a value that cannot be kept exactly', () => {
  it.each([
    ["'infinity'::numeric", 'is infinite'],
    ["'-infinity'::real", 'is infinite'],
    ["'infinity'::float8", 'is infinite'],
    ["'infinity'::date", 'is infinite'],
    ["'-infinity'::timestamptz", 'is infinite'],
    ["'0044-03-15 BC'::date", 'before the year 1'],
    ["'10000-01-01'::timestamp", 'after the year 9999'],
    ["'[0:1]={1,2}'::int[]", 'first index'],
  ])('%s is an error with its column and row', async (expression, problem) => {
    const query = `select n, case when n = 3 then ${expression} end as "the value" from generate_series(1, 4) n`
    const read = readText(server.url(), { query })
    await expect(read).rejects.toMatchObject({
      name: 'InvalidInputError',
      field: 'the value',
      message: expect.stringMatching(new RegExp(`"the value" of row 3 .*${problem}`)),
    })
  })

  it('is rejected with its column where JSON repeats a key', async () => {
    const query = `select '{"a":1,"a":2}'::json as settings`
    await expect(readRows(server.url(), { query })).rejects.toThrow('settings')
  })

  it('is not guessed in a database without an encoding', async () => {
    await client.query(`create database ascii encoding 'SQL_ASCII' template template0`)
    const other = new pg.Client(server.url('ascii'))
    await other.connect()
    await other.query(`create table t as select convert_from('\\xff41'::bytea, 'SQL_ASCII') as t`)
    await other.end()
    await expect(readText(`${server.url('ascii')}#t`)).rejects.toThrow('encoding')
  })

  it('is found before anything is read where it is of bytes', async () => {
    await client.query(`create type with_bytes as (a int, b bytea)`)
    for (const value of [`'x'::bytea`, `array['x'::bytea]`, `row(1, 'x')::with_bytes`]) {
      const read = readText(server.url(), { query: `select ${value} as photo` })
      await expect(read).rejects.toThrow(/"photo"/)
    }
  })
})

describe('values in any number', () => {
  const literal = (text: string) => pg.escapeLiteral(text)
  it.each([
    ['bigint', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)],
    ['float8', fc.double({ noDefaultInfinity: true }).map(String)],
    ['float4', fc.float({ noDefaultInfinity: true }).map(String)],
    ['numeric', fc.stringMatching(/^-?\d{1,40}(\.\d{1,40})?$/)],
    [
      'timestamptz',
      fc
        .tuple(
          fc.date({
            min: new Date('0001-01-02'),
            max: new Date('9999-12-30'),
            noInvalidDate: true,
          }),
          fc.nat(999),
        )
        .map(([day, micros]) =>
          day.toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`),
        ),
    ],
    ['text', fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'))],
    [
      'interval',
      fc
        .tuple(fc.integer(), fc.integer({ min: -1e8, max: 1e8 }))
        .map(([s, d]) => `${d} days ${s < 0 ? s : `+${s}`} seconds`),
    ],
  ])('are the same in the table: %s', async (type, values) => {
    await fc.assert(
      fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 50 }), async (texts) => {
        const list = texts.map((text, n) => `(${n}, ${literal(text)}::${type})`).join(', ')
        const query = `select * from (values ${list}) t(n, v) order by n`
        const rows = await readRows(server.url(), { query })
        const { rows: found } = await client.query(
          `select bool_and(t.v is not distinct from r.v::${type}) as same, count(*)::int as count
           from (values ${list}) t(n, v) join unnest($1::int[], $2::text[]) r(n, v) using (n)`,
          [rows.map(([n]) => Number(n)), rows.map(([, v = null]) => asText(v))],
        )
        expect(found[0]).toEqual({ same: true, count: texts.length })
      }),
      { numRuns: 8 },
    )
  })
})
