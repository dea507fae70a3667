import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fakeKeychain } from '../test/fake-keychain.ts'
import { readConnection } from './connection.ts'
import { UsageError } from './failures.ts'
import type { ConnectionFlags } from './options/common.ts'
import type { Profile } from './profiles/profile.ts'
import { Profiles } from './profiles/profiles.ts'
import { TokenStore } from './profiles/token-store.ts'

const folder = await mkdtemp(join(tmpdir(), 'clt-connection-'))

afterAll(() => rm(folder, { recursive: true }))

const env = {
  CHATLAYER_TOKEN: 'env:secret',
  CHATLAYER_REGION: 'us',
  CHATLAYER_TEAM_ID: 'team-of-env',
  CHATLAYER_BOT_ID: 'bot-of-env',
}

/** Saves profiles in a new folder, with their tokens in a keychain. */
async function saved(current: string | undefined, profiles: Readonly<Record<string, Saved>> = {}) {
  const home = await mkdtemp(join(folder, 'home-'))
  const all = new Profiles(home, new TokenStore(home, fakeKeychain()))
  for (const [name, { token, ...profile }] of Object.entries(profiles)) {
    await all.save(name, profile, token, { keychain: true })
  }
  if (current !== undefined) await all.makeCurrent(current)
  return (flags: ConnectionFlags, env: Readonly<Record<string, string>> = {}, reference?: string) =>
    readConnection(flags, { env, profiles: all }, reference)
}

type Saved = Omit<Profile, 'token'> & { readonly token: string }

const prod: Saved = { region: 'eu', teamId: 'prod-team', botId: 'prod-bot', token: 'prod:secret' }
const test: Saved = {
  baseUrl: 'http://127.0.0.1:8686',
  teamId: 'test-team',
  botId: 'test-bot',
  token: 'test:secret',
  version: 'LIVE',
  dialect: { listEncoding: 'json' },
}

describe('readConnection without profiles', () => {
  let read: Awaited<ReturnType<typeof saved>>

  beforeAll(async () => {
    read = await saved(undefined)
  })

  it('reads the environment', async () => {
    expect(await read({}, env)).toEqual({
      token: 'env:secret',
      region: 'us',
      teamId: 'team-of-env',
      botId: 'bot-of-env',
      version: undefined,
      dialect: undefined,
    })
  })

  it('prefers flags to the environment, even an invalid one', async () => {
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, 'file:secret\n')
    const flags = { region: 'EU', team: 't', bot: 'b', tokenFile }
    const odd = { CHATLAYER_TOKEN: 'no token', CHATLAYER_REGION: 'moon', CHATLAYER_BASE_URL: 'x' }
    expect(await read(flags, odd)).toMatchObject({
      token: 'file:secret',
      region: 'eu',
      teamId: 't',
      botId: 'b',
    })
  })

  it('uses a region on the command line instead of a base URL of the environment', async () => {
    const both = { ...env, CHATLAYER_BASE_URL: 'http://127.0.0.1:1' }
    const found = await read({ region: 'sa' }, both)
    expect(found).toMatchObject({ region: 'sa' })
    expect(found).not.toHaveProperty('baseUrl')
    const url = 'https://gateway.example'
    expect(await read({ baseUrl: url }, env)).toMatchObject({ baseUrl: url })
  })

  it('lists all missing settings, and how to pass them', async () => {
    const failure = await read({}, {}).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(UsageError)
    for (const way of ['CHATLAYER_TOKEN', '--token-file', '--region', '--team', '--bot']) {
      expect((failure as UsageError).message).toContain(way)
    }
    const { CHATLAYER_BOT_ID: _, ...rest } = env
    await expect(read({}, rest)).rejects.toThrow(
      /^missing connection settings: a bot \(--bot or CHATLAYER_BOT_ID\)$/,
    )
  })

  it('reports a token file that is missing or empty', async () => {
    await expect(read({ tokenFile: join(folder, 'no') }, env)).rejects.toThrow(
      'there is no such file',
    )
    const empty = join(folder, 'empty')
    await writeFile(empty, '\n')
    await expect(read({ tokenFile: empty }, env)).rejects.toThrow('is empty')
  })

  it('rejects an invalid base URL without repeating it', async () => {
    const url = 'https://user:s3cret@gateway.example'
    for (const { result, by } of [
      { result: read({ baseUrl: url }, env), by: '--base-url' },
      { result: read({}, { ...env, CHATLAYER_BASE_URL: url }), by: 'CHATLAYER_BASE_URL' },
      { result: read({ region: 'user:s3cret' }, env), by: 'unknown region' },
      { result: read({ profile: 'user:s3cret' }, env), by: 'invalid profile name' },
    ]) {
      const failure = await result.catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(UsageError)
      expect((failure as UsageError).message).toContain(by)
      expect((failure as UsageError).message).not.toContain('s3cret')
    }
  })

  it('rejects an unknown region', async () => {
    await expect(read({ region: 'moon' }, env)).rejects.toThrow('unknown region "moon"')
  })
})

describe('readConnection with profiles', () => {
  it('uses the current profile, with the results of a probe', async () => {
    const read = await saved('test', { prod, test })
    expect(await read({})).toEqual(test)
  })

  it('prefers the profile of --profile to that of the environment', async () => {
    const read = await saved('test', { prod, test, third: { ...prod, botId: 'third-bot' } })
    expect(await read({}, { CHATLAYER_PROFILE: 'prod' })).toMatchObject({ botId: 'prod-bot' })
    const flags = { profile: 'Third' }
    expect(await read(flags, { CHATLAYER_PROFILE: 'prod' })).toMatchObject({ botId: 'third-bot' })
    expect(await read({}, { CHATLAYER_PROFILE: '' })).toMatchObject({ botId: 'test-bot' })
  })

  it('prefers flags, then the environment, to a profile that the command line does not name', async () => {
    const read = await saved('prod', { prod })
    const some = { CHATLAYER_BOT_ID: 'bot-of-env', CHATLAYER_TABLE_VERSION: 'live' }
    expect(await read({ team: 'flag-team' }, some)).toEqual({
      ...prod,
      teamId: 'flag-team',
      botId: 'bot-of-env',
      version: 'LIVE',
      dialect: undefined,
    })
    expect(await read({}, { CHATLAYER_TOKEN: 'env:secret' })).toMatchObject({
      token: 'env:secret',
      botId: 'prod-bot',
    })
  })

  it('ignores other variables for a profile that the command line names', async () => {
    const read = await saved('test', { prod, test })
    const all = { ...env, CHATLAYER_PROFILE: 'test', CHATLAYER_REGION: 'nonsense' }
    const whole = { ...prod, version: undefined, dialect: undefined }
    expect(await read({}, all, 'prod')).toEqual(whole)
    expect(await read({ profile: 'test' }, all, 'prod')).toEqual(whole)
    expect(await read({ profile: 'prod' }, all)).toEqual(whole)
    expect(await read({ profile: 'prod', bot: 'b' }, all)).toEqual({ ...whole, botId: 'b' })
  })

  it('reads the version of the environment if a named profile sets none', async () => {
    const read = await saved(undefined, { prod, test })
    const live = { CHATLAYER_TABLE_VERSION: 'LIVE' }
    const draft = { CHATLAYER_TABLE_VERSION: 'DRAFT' }
    expect(await read({}, live, 'prod')).toMatchObject({ version: 'LIVE' })
    expect(await read({}, draft, 'test')).toMatchObject({ version: 'LIVE' })
    expect(await read({ profile: 'test' }, draft)).toMatchObject({ version: 'LIVE' })
  })

  it('rejects flags that would send a named table elsewhere', async () => {
    const read = await saved('test', { prod, test })
    for (const flags of [
      { region: 'eu' },
      { baseUrl: 'http://127.0.0.1:1' },
      { team: 't' },
      { bot: 'b' },
      { tokenFile: 'f' },
    ]) {
      await expect(read(flags, {}, 'prod')).rejects.toThrow(
        /^--\S+ contradicts the profile of the table, "prod:"$/,
      )
    }
  })

  it('does not use a profile if flags or the environment name another gateway', async () => {
    const read = await saved('prod', { prod })
    for (const [flags, some, by] of [
      [{ baseUrl: 'http://127.0.0.1:1' }, {}, '--base-url'],
      [{}, { CHATLAYER_BASE_URL: 'http://127.0.0.1:1' }, 'CHATLAYER_BASE_URL'],
      [{ region: 'us' }, {}, '--region'],
      [{ baseUrl: 'https://gateway.prod.europe-west1.gc.chatlayer.ai/proxy' }, {}, '--base-url'],
      [{ profile: 'prod', region: 'us' }, {}, '--region'],
    ] as const) {
      const failure = await read(flags, some).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(UsageError)
      expect((failure as UsageError).message).toMatch(
        /missing connection settings: a token .*; a team .*; a bot /,
      )
      expect((failure as UsageError).hint).toContain(`another gateway than the one set by ${by}`)
    }
    const token = { CHATLAYER_TOKEN: 'env:secret' }
    await expect(read({ region: 'us' }, token)).rejects.toThrow(
      /^missing connection settings: a team/,
    )
  })

  it('uses the profile if a flag names the same gateway', async () => {
    const read = await saved('prod', { prod })
    const baseUrl = 'https://gateway.prod.europe-west1.gc.chatlayer.ai/api/v1/'
    expect(await read({ baseUrl })).toMatchObject({ token: 'prod:secret', botId: 'prod-bot' })
  })

  it('does not read a profile that is not needed, even if it is invalid', async () => {
    const read = await saved('gone')
    expect(await read({}, env)).toMatchObject({ token: 'env:secret' })
    await expect(read({})).rejects.toThrow('no profile "gone"')
  })

  it('reports a missing profile, and lists the others', async () => {
    const read = await saved('prod', { prod, test })
    const failure = await read({ profile: 'prd' }).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      message: 'there is no profile "prd"',
      hint: 'Pass one of: prod, test. To create it: clt auth login --profile prd',
    })
    await expect(read({ profile: '../prod' })).rejects.toThrow('invalid profile name')
  })
})
