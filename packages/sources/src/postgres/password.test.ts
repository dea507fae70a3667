import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findPassword, lookUp } from './password.ts'
import { postgresAddress } from './settings.ts'

const target = { host: 'db', port: 5432, database: 'shop', user: 'ann' }

describe('a password file', () => {
  it.each([
    ['db:5432:shop:ann:secret', 'secret'],
    ['*:*:*:*:secret', 'secret'],
    ['other:5432:shop:ann:wrong\ndb:*:shop:ann:secret', 'secret'],
    ['#db:5432:shop:ann:wrong\r\ndb:5432:shop:ann:secret\r\n', 'secret'],
    ['db:5432:shop:ann:first\ndb:5432:shop:ann:second', 'first'],
    [String.raw`db:5432:shop:ann:a\:b\\c`, String.raw`a:b\c`],
    ['db:5432:shop:ann:a:b', 'a'],
    ['db:5432:shop:ann', undefined],
    ['db:5432:shop:bob:secret', undefined],
    [String.raw`\*:5432:shop:ann:secret`, undefined],
    ['', undefined],
  ])('%j', (text, password) => {
    expect(lookUp(text, target)).toBe(password)
  })

  it('finds sockets by their folder, and as localhost', () => {
    const socket = { ...target, host: '/tmp' }
    expect(lookUp('/tmp:*:*:*:a', socket)).toBe('a')
    expect(lookUp('localhost:*:*:*:a', socket)).toBe('a')
    expect(lookUp('localhost:*:*:*:a', target)).toBeUndefined()
  })

  it('finds any password for any names once they are escaped', () => {
    const escaped = (text: string) => text.replace(/[:\\]/g, '\\$&')
    const text = fc
      .string({ unit: fc.constantFrom('a', ':', '\\', '*', '#', ' ', 'ß'), minLength: 1 })
      .filter((name) => name !== '*')
    fc.assert(
      fc.property(text, text, text, text, (host, database, user, password) => {
        const line = [`x${host}`, '5432', database, user, password].map(escaped).join(':')
        expect(lookUp(line, { host: `x${host}`, port: 5432, database, user })).toBe(password)
      }),
    )
  })
})

describe('the password of a connection', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chatlayer-pgpass-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const [, settings] = postgresAddress('postgres://ann@db/shop', {})
  const write = (mode: number) => {
    const path = join(folder, '.pgpass')
    writeFileSync(path, 'db:5432:shop:ann:filed\n', { mode })
    return path
  }

  it('is that of the saved connection, else of the environment, else of the file', async () => {
    write(0o600)
    const env = { HOME: folder, APPDATA: folder }
    const given = { ...env, PGPASSWORD: 'set' }
    expect(await findPassword({ secret: 'saved', env: given }, settings)).toMatchObject({
      text: 'saved',
    })
    expect(await findPassword({ env: given }, settings)).toMatchObject({ text: 'set' })
    if (process.platform !== 'win32') {
      expect(await findPassword({ env }, settings)).toMatchObject({ text: 'filed' })
    }
    expect(await findPassword({ env: {} }, settings)).toEqual({
      text: undefined,
      problem: undefined,
    })
  })

  it.runIf(process.platform !== 'win32')('is not read where others may read it too', async () => {
    const env = { PGPASSFILE: write(0o640) }
    const { text, problem } = await findPassword({ env }, settings)
    expect(text).toBeUndefined()
    expect(problem).toContain('chmod 0600')
  })

  it('says which file does not exist', async () => {
    const env = { PGPASSFILE: join(folder, 'none') }
    expect((await findPassword({ env }, settings)).problem).toContain('does not exist')
  })
})
