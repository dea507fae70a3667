import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from '@chatlayer-tables/sources/test-certificates'
import { afterAll, describe, expect, it } from 'vitest'
import { migrate } from '../src/migrate.ts'
import { openState } from '../src/open-state.ts'
import { failureOf, shown, TestServer } from './support.ts'

const NOBODY = 65534
const PASSWORD = 'right p@ss:w/rd#%é'
const WRONG = 'geheim'

const folder = mkdtempSync(join(tmpdir(), 'chatlayer-state-tls-'))
chmodSync(folder, 0o755)
if (process.getuid?.() === 0) chownSync(folder, NOBODY, NOBODY)
const certificates = await makeCertificates()
const path = (name: string) => join(folder, name)

/** Writes a file that the server reads too. */
function write(name: string, text: string): void {
  writeFileSync(path(name), text, { mode: 0o600 })
  if (process.getuid?.() === 0) chownSync(path(name), NOBODY, NOBODY)
}

const tests = new TestServer(() => {
  for (const [name, text] of Object.entries(certificates)) write(name, text)
  write('hba.conf', `host all postgres all trust\nhostssl all ann all scram-sha-256\n`)
  return {
    ssl: 'on',
    ssl_cert_file: path('server.crt'),
    ssl_key_file: path('server.key'),
    hba_file: path('hba.conf'),
  }
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** @returns the address of a database of the role `ann`, who has a password and must use TLS */
async function newStateOfAnn(): Promise<{ name: string; address: string }> {
  const name = await tests.newDatabase()
  await tests.run(
    `do $$ begin create role ann login password '${PASSWORD}';
      exception when duplicate_object then null; end $$;
    create schema chatlayer_tables authorization ann`,
    name,
  )
  const root = encodeURIComponent(path('ca.crt'))
  const address = `postgres://ann@localhost:${tests.server.port}/${name}?sslrootcert=${root}`
  return { name, address }
}

const options = (address: string, env: Record<string, string>) => ({
  ...{ address, env, folder: path('not-made'), program: 'test' },
})

describe('a state', () => {
  it('is reached by TLS alone, with its certificate verified', async () => {
    const { name, address } = await newStateOfAnn()
    const state = await openState({ ...options(address, {}), secret: PASSWORD })
    try {
      const lock = await state.locks('tables').tryTake('x')
      const encrypted = await tests.run(
        `select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid)
          where usename = 'ann' and datname = '${name}'`,
      )
      expect(encrypted).toEqual([{ ssl: true }])
      await lock?.release()
    } finally {
      await state[Symbol.asyncDispose]()
    }
    const bare = address.slice(0, address.indexOf('?'))
    const untrusted = openState({
      ...options(`${bare}?sslmode=verify-full`, { PGPASSWORD: PASSWORD }),
    })
    expect(await failureOf(untrusted)).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('authority that is not trusted'),
    })
    expect(
      await failureOf(openState(options(`${bare}?sslmode=disable`, { PGPASSWORD: PASSWORD }))),
    ).toMatchObject({ kind: 'no-permission', message: expect.stringContaining('no encryption') })
  })

  it('has its password from a saved connection, the environment or a file', async () => {
    const { address } = await newStateOfAnn()
    write('pass', `localhost:*:*:ann:${PASSWORD.replace(/[:\\]/g, '\\$&')}`)
    for (const env of [{ PGPASSWORD: PASSWORD }, { PGPASSFILE: path('pass') }]) {
      await using state = await openState(options(address, env))
      expect(state.place).toBe(address.slice(0, address.indexOf('?')).replace('ann@', ''))
    }
  })

  it('with a wrong password is an error at once, which does not repeat it', async () => {
    const { address } = await newStateOfAnn()
    const waits: string[] = []
    const onWait = (place: string) => waits.push(place)
    for (const given of [{ secret: WRONG }, { env: { PGPASSWORD: WRONG } }, {}]) {
      const error = await failureOf(openState({ ...options(address, {}), onWait, ...given }))
      expect(error).toMatchObject({ name: 'StorageError', kind: 'no-permission' })
      expect(shown(error)).toContain('PGPASSWORD')
      expect(shown(error)).not.toContain(WRONG)
    }
    expect(waits).toEqual([])
  })

  it('with a password in its address is an error that does not repeat it', async () => {
    const bad = `postgres://ann:${WRONG}@localhost:${tests.server.port}/x`
    const error = await failureOf(openState(options(bad, {})))
    expect(error).toMatchObject({ name: 'InvalidInputError' })
    expect(shown(error)).not.toContain(WRONG)
  })

  it('in a database that does not exist is an error at once', async () => {
    const { address } = await newStateOfAnn()
    const wrong = address.replace(/\/state_\w+/, '/nowhere')
    const error = await failureOf(openState({ ...options(wrong, {}), secret: PASSWORD }))
    expect(error.message).toContain('there is no such database')
  })

  it('takes the bound of its waits from the environment', async () => {
    const address = `postgres://ann@127.0.0.1:1/x`
    const env = { CHATLAYER_STATE_WAIT: '0' }
    expect(await failureOf(openState(options(address, env)))).toMatchObject({ kind: 'unreachable' })
    for (const wrong of ['soon', '-1', '100000', '1e3']) {
      const env = { CHATLAYER_STATE_WAIT: wrong }
      expect(await failureOf(openState(options(address, env)))).toMatchObject({
        name: 'ConfigurationError',
        message: 'CHATLAYER_STATE_WAIT must be a number of seconds, at most 86400',
      })
    }
  })

  it('may be used by the owner of its schema without any other right', async () => {
    const { name, address } = await newStateOfAnn()
    await migrate(tests.open(name, { address, secret: PASSWORD }))
    const [row] = await tests.run(
      `select count(*)::int as n from pg_tables where schemaname = 'chatlayer_tables'
        and tableowner <> 'ann'`,
      name,
    )
    expect(row).toEqual({ n: 0 })
  })
})
