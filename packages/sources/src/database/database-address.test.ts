import { InvalidInputError } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { databaseName, parseDatabaseAddress } from './database-address.ts'
import { parseTableName, tableNameText } from './table-name.ts'

const parse = (text: string) => parseDatabaseAddress('postgres', text)

function errorOf(text: string): InvalidInputError {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof InvalidInputError) return error
  }
  throw new Error('it was accepted')
}

describe('an address', () => {
  it('has a part for everything', () => {
    expect(
      parse(
        'postgres://ann@db.example.com:5433/shop?sslmode=require&options=-c%20a%3Db#public.stores',
      ),
    ).toEqual({
      kind: 'postgres',
      user: 'ann',
      host: 'db.example.com',
      port: 5433,
      database: 'shop',
      table: { schema: 'public', name: 'stores' },
      parameters: new Map([
        ['sslmode', 'require'],
        ['options', '-c a=b'],
      ]),
    })
  })

  it.each([
    ['postgres://', {}],
    ['postgres:///shop', { database: 'shop' }],
    ['postgresql://db', { host: 'db' }],
    ['postgres://[::1]:5433/shop', { host: '::1', port: 5433, database: 'shop' }],
    ['postgres:///shop?host=/tmp&port=5433', { host: '/tmp', port: 5433, database: 'shop' }],
    ['postgres://%2Ftmp/shop', { host: '/tmp', database: 'shop' }],
    ['postgres://a%40b@db/my%20shop', { user: 'a@b', host: 'db', database: 'my shop' }],
    ['postgres://db/shop?user=ann', { user: 'ann', host: 'db', database: 'shop' }],
    ['postgres://ann:@db', { user: 'ann', host: 'db' }],
    ['postgres://db/shop#', { host: 'db', database: 'shop' }],
  ])('%s', (text, parts) => {
    const empty = { user: undefined, host: undefined, port: undefined, database: undefined }
    expect(parse(text)).toEqual({
      kind: 'postgres',
      ...empty,
      ...parts,
      table: undefined,
      parameters: new Map(),
    })
  })

  it.each([
    ['stores', undefined, 'stores'],
    ['public.stores', 'public', 'stores'],
    ['"My Table"', undefined, 'My Table'],
    ['My Table', undefined, 'My Table'],
    ['%22My%20Table%22', undefined, 'My Table'],
    ['shop."Odd.Name"', 'shop', 'Odd.Name'],
    ['"a""b".`c``d`', 'a"b', 'c`d'],
    ['größe', undefined, 'größe'],
  ])('ends with the table %s', (fragment, schema, name) => {
    expect(parse(`postgres://db/shop#${fragment}`).table).toEqual({ schema, name })
  })

  it.each(['a.b.c', 'a.', '.a', '"a', 'a"b"', '""', ' ', 'a@b'])('does not end with %s', (name) => {
    expect(errorOf(`postgres://db/shop#${name}`).message).toContain('name of a table')
  })

  it.each([
    ['postgres://db:0/shop', 'port'],
    ['postgres://db:70000/shop', 'port'],
    ['postgres://db:x/shop', 'port'],
    ['postgres://a,b/shop', 'several hosts'],
    ['postgres:///shop?host=a,b', 'several hosts'],
    ['postgres://db/shop?user', 'parameter'],
    ['postgres://db/shop?a=1&a=2', 'twice'],
    ['postgres://ann@db/shop?user=bob', 'two values'],
    ['postgres://db/100%', '%25'],
    ['postgres://db/a%00b', '%00'],
    ['postgres://a b/shop', 'not valid'],
    ['postgres://[::1/shop', 'not valid'],
    ['postgres:/db', 'not valid'],
  ])('is not %s', (text, message) => {
    expect(errorOf(text)).toMatchObject({ field: 'address' })
    expect(errorOf(text).message).toContain(message)
  })

  it('has no password, and no error repeats one', () => {
    const hint = 'PGPASSWORD'
    expect(errorOf('postgres://ann:secret@db/shop').message).toContain('contains a password')
    expect(errorOf('postgres://db/shop?user=ann&password=secret').hint).toContain(hint)
    const password = fc.string({ minLength: 8, maxLength: 20 }).map((text) => `${text}geheim`)
    fc.assert(
      fc.property(password, (text) => {
        for (const address of [
          `postgres://ann:${text}@db/shop#stores`,
          `postgres://db/shop?password=${text}`,
        ]) {
          const { message, hint: said, cause } = errorOf(address)
          expect(`${message} ${said}`).not.toContain('geheim')
          expect(cause).toBeUndefined()
        }
      }),
    )
  })
})

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !text.includes('\0') && text.isWellFormed())

it('every name of a table can be written and read again', () => {
  fc.assert(
    fc.property(fc.option(name, { nil: undefined }), name, (schema, table) => {
      expect(parseTableName(tableNameText({ schema, name: table }))).toEqual({
        schema,
        name: table,
      })
    }),
  )
})

it('the name of a database is an address of the same, without user and parameters', () => {
  const host = fc.constantFrom(
    'db.example.com',
    '10.0.0.7',
    '::1',
    '/var/run/postgresql',
    undefined,
  )
  const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined })
  const table = fc.option(fc.record({ schema: fc.option(name, { nil: undefined }), name }), {
    nil: undefined,
  })
  fc.assert(
    fc.property(host, port, name, table, (...[at, on, database, of]) => {
      const given = { kind: 'postgres', host: at, port: on, database, table: of } as const
      const text = databaseName(given)
      const again = parse(text.replace('://', at === undefined ? '://' : '://ann@'))
      expect(again).toEqual({
        ...given,
        port: on === 5432 ? undefined : on,
        user: at === undefined ? undefined : 'ann',
        parameters: new Map(),
      })
      expect(text).not.toContain('ann@')
    }),
  )
})
