import { join } from 'node:path'
import { StorageError } from '@chatlayer-tables/local'
import { describe, expect, it } from 'vitest'
import {
  checkSchema,
  grantsTo,
  grantTo,
  migrate,
  migrateAll,
  prepareSchema,
} from '../src/migrate.ts'
import { MIGRATIONS } from '../src/migrations/index.ts'
import { type Migration, SCHEMA } from '../src/migrations/migration.ts'
import { openState } from '../src/open-state.ts'
import { failureOf, TestServer } from './support.ts'

const tests = new TestServer()

const STEPS: readonly Migration[] = [
  { name: '0001-a', sql: 'create table a (n int); insert into a values (1)' },
  {
    name: '0002-b',
    sql: 'alter table a add m int; create table b (n int generated always as identity)',
  },
  { name: '0003-c', sql: 'update a set m = n + 1; create index on a (m)' },
]

/** A role that may log in, and its address of a database. */
async function newRole(name: string, rights = ''): Promise<{ role: string; address: string }> {
  const role = `${rights === '' ? 'user' : 'owner'} of "${name}"`
  await tests.run(
    `create role ${quoted(role)} login; ${rights.replaceAll('ROLE', quoted(role))}`,
    name,
  )
  const user = encodeURIComponent(role)
  return { role, address: tests.server.url(name).replace('postgres@', `${user}@`) }
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`

describe('the steps of the schema', () => {
  it('are each done once by ten programs that start at once', async () => {
    const name = await tests.newDatabase()
    const databases = Array.from({ length: 10 }, () => tests.open(name))
    const done = await Promise.all(databases.map((database) => migrate(database, STEPS)))
    expect(done.flat().toSorted()).toEqual(STEPS.map((step) => step.name))
    expect(await tests.run(`select * from ${SCHEMA}.a`, name)).toEqual([{ n: 1, m: 2 }])
    expect(await checkSchema(databases[0]!, STEPS)).toEqual({
      ...{ status: 'current', pending: [], unknown: [] },
      ...{ role: 'postgres', mayMigrate: true, owner: 'postgres' },
    })
  })

  it('of this release are done at the start of ten programs', async () => {
    const name = await tests.newDatabase()
    await Promise.all(Array.from({ length: 10 }, () => prepareSchema(tests.open(name))))
    const rows = await tests.run(`select name from ${SCHEMA}.migrations order by name`, name)
    expect(rows.map((row) => row.name)).toEqual(MIGRATIONS.map((step) => step.name))
    expect(MIGRATIONS.map((step) => step.name)).toEqual(
      MIGRATIONS.map((step) => step.name).toSorted(),
    )
  })

  it('are continued where they have stopped', async () => {
    const name = await tests.newDatabase()
    const database = tests.open(name)
    expect(await checkSchema(database, STEPS)).toMatchObject({ status: 'missing' })
    expect(await migrate(database, STEPS.slice(0, 1))).toEqual(['0001-a'])
    expect(await checkSchema(database, STEPS)).toMatchObject({
      status: 'older',
      pending: ['0002-b', '0003-c'],
    })
    const broken = { name: '0002-b', sql: 'alter table a add m int; select 1/0' }
    const error = await failureOf(migrate(database, [STEPS[0]!, broken, STEPS[2]!]))
    expect(error.message).toMatch(/the step 0002-b of the schema failed/)
    // Nothing of the step is left.
    expect(await checkSchema(database, STEPS)).toMatchObject({ pending: ['0002-b', '0003-c'] })
    expect(await migrate(database, STEPS)).toEqual(['0002-b', '0003-c'])
    expect(await migrate(database, STEPS)).toEqual([])
  })

  it('go on when connections end meanwhile', async () => {
    const name = await tests.newDatabase()
    const slow = STEPS.map((step) => ({ ...step, sql: `${step.sql}; select pg_sleep(0.2)` }))
    const databases = [1, 2, 3].map(() => tests.open(name))
    let isDone = false
    const breaking = (async () => {
      for (let times = 0; times < 4; times += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100 + times * 60))
        if (!isDone) await tests.terminate(name)
      }
    })()
    await Promise.all(databases.map((database) => migrate(database, slow)))
    isDone = true
    await breaking
    expect(await tests.run(`select * from ${SCHEMA}.a`, name)).toEqual([{ n: 1, m: 2 }])
  })

  it('of a newer release are left alone', async () => {
    const name = await tests.newDatabase()
    const database = tests.open(name)
    await migrate(database, [...MIGRATIONS, { name: '9999-future', sql: 'select 1' }])
    const error = await failureOf(prepareSchema(database))
    expect(error).toBeInstanceOf(StorageError)
    expect(error).toMatchObject({
      message: expect.stringContaining('is of a newer release (9999-future)'),
      hint: expect.stringContaining('or a newer one'),
    })
    expect(await failureOf(migrate(database))).toMatchObject({ message: error.message })
  })

  it('of another text are an error', async () => {
    const name = await tests.newDatabase()
    const database = tests.open(name)
    await migrate(database, STEPS)
    const other = [{ name: '0001-a', sql: 'create table a (n bigint)' }, ...STEPS.slice(1)]
    expect(await failureOf(checkSchema(database, other))).toMatchObject({
      message: expect.stringContaining('its step 0001-a differs'),
    })
    // Spaces may be laid out in another way.
    const spaced = STEPS.map((step) => ({
      ...step,
      sql: `\n  ${step.sql.replaceAll(' ', '\n  ')}\n`,
    }))
    expect(await checkSchema(database, spaced)).toMatchObject({ status: 'current' })
  })
})

describe('a database', () => {
  it('must be able to store every text', async () => {
    const name = await tests.newDatabase(`encoding 'LATIN1' template template0`)
    const database = tests.open(name)
    expect(await failureOf(migrate(database, STEPS))).toMatchObject({
      message: expect.stringContaining('has the encoding LATIN1'),
      hint: expect.stringContaining("encoding 'UTF8'"),
    })
  })
})

describe('a role', () => {
  it('that may not make the schema is told what to do', async () => {
    const name = await tests.newDatabase()
    const { role, address } = await newRole(name)
    const database = tests.open(name, { address })
    expect(await failureOf(prepareSchema(database))).toMatchObject({
      kind: 'missing',
      message: expect.stringContaining(`the role "${role}" may not make them`),
      hint: 'Migrate the state once, connected as a role that may create a schema.',
      situation: { code: 'STATE_NOT_MIGRATED', data: { owner: undefined } },
    })
    await migrate(tests.open(name), MIGRATIONS.slice(0, 2))
    expect(await failureOf(prepareSchema(database))).toMatchObject({ kind: 'no-permission' })
    for (const statement of grantsTo(role).slice(0, 3)) await tests.run(statement, name)
    expect(await failureOf(prepareSchema(database))).toMatchObject({
      kind: 'missing',
      message: expect.stringMatching(/lacks steps of this release \(0003-reviews/),
      hint: 'Migrate the state once, connected as the role "postgres".',
      situation: { code: 'STATE_NOT_MIGRATED', data: { owner: 'postgres' } },
    })
  })

  it('that owns only the schema can migrate, and one with grants can do everything else', async () => {
    const name = await tests.newDatabase()
    const owner = await newRole(name, `create schema ${SCHEMA} authorization ROLE`)
    const user = await newRole(name)
    const migrating = tests.open(name, { address: owner.address })
    // The grants also hold for what later steps make.
    await migrate(migrating, MIGRATIONS.slice(0, 3))
    for (const statement of grantsTo(user.role).slice(0, 5)) await migrating.query(statement)
    await migrate(migrating)
    const folder = join(import.meta.dirname, 'not-made')
    const state = await openState({ env: {}, folder, address: user.address, program: 'test' })
    tests.closeLater({ close: async () => state[Symbol.asyncDispose]() })
    const lock = await state.locks('tables').tryTake('x')
    await lock?.remove()
    await state.notes('recent', 'a').put('k', 'text', 60)
    expect(await state.notes('recent', 'a').get('k')).toBe('text')
    const journal = await state.openJournal({})
    expect(await journal.list()).toEqual([])
    expect(await (await state.openReviews()).list()).toEqual([])
    expect(await (await state.jobs()).list()).toEqual([])
    await journal.close()
    const using = tests.open(name, { address: user.address })
    const tables = await tests.run(
      `select c.relname as name, has_table_privilege('${user.role}', c.oid, 'SELECT, INSERT') as may
        from pg_class c where relnamespace = '${SCHEMA}'::regnamespace and relkind = 'r'`,
      name,
    )
    expect(tables.filter(({ may }) => may !== true)).toEqual([])
    for (const statement of [
      'create table own (n int)',
      'drop table locks',
      'alter table locks add n int',
      'truncate locks',
      `create schema other`,
    ]) {
      expect(await failureOf(using.query(statement))).toMatchObject({ kind: 'no-permission' })
    }
  })

  it('that the guide describes has all that programs need', async () => {
    const name = await tests.newDatabase()
    const [owner, user] = [`owner_${name}`, `app_${name}`]
    for (const statement of [
      `create role ${owner} login`,
      `create role ${user} login`,
      `alter database ${name} owner to ${owner}`,
      `revoke all on database ${name} from public`,
      `grant connect on database ${name} to ${user}`,
    ]) {
      await tests.run(statement)
    }
    const address = (role: string) => tests.server.url(name).replace('postgres@', `${role}@`)
    const migrating = tests.open(name, { address: address(owner) })
    await migrateAll(migrating)
    await grantTo(migrating, user)
    // A later release does it again.
    expect(await migrateAll(migrating)).toEqual([])
    const folder = join(import.meta.dirname, 'not-made')
    await using state = await openState({
      env: {},
      folder,
      address: address(user),
      program: 'test',
    })
    const queue = await state.openQueue()
    expect(await queue.list()).toEqual([])
    await queue.close()
    expect(await state.locks('tables').tryTake('x')).toBeDefined()
    expect(await state.listSessions()).toMatchObject([{ program: 'test', locks: 1 }])
  })
})
