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

/** With the profiles of a folder of its own, and the tokens in a keychain. */
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

  it('takes what the environment says', async () => {
    expect(await read({}, env)).toEqual({
      token: 'env:secret',
      region: 'us',
      teamId: 'team-of-env',
      botId: 'bot-of-env',
      version: undefined,
      dialect: undefined,
    })
  })

  it('puts flags before the environment, whatever stands there', async () => {
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

  it('lets a region on the command line take the place of a base URL of the environment', async () => {
    const both = { ...env, CHATLAYER_BASE_URL: 'http://127.0.0.1:1' }
    const found = await read({ region: 'sa' }, both)
    expect(found).toMatchObject({ region: 'sa' })
    expect(found).not.toHaveProperty('baseUrl')
    const url = 'https://gateway.example'
    expect(await read({ baseUrl: url }, env)).toMatchObject({ baseUrl: url })
  })

  it('names everything that is missing at once, and how it is given', async () => {
    const failure = await read({}, {}).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(UsageError)
    for (const way of ['CHATLAYER_TOKEN', '--token-file', '--region', '--team', '--bot']) {
      expect((failure as UsageError).message).toContain(way)
    }
    const { CHATLAYER_BOT_ID: _, ...rest } = env
    await expect(read({}, rest)).rejects.toThrow(
      /^the connection lacks a bot \(--bot or CHATLAYER_BOT_ID\)$/,
    )
  })

  it('tells of a token file that is not there or empty', async () => {
    await expect(read({ tokenFile: join(folder, 'no') }, env)).rejects.toThrow(
      'there is no such file',
    )
    const empty = join(folder, 'empty')
    await writeFile(empty, '\n')
    await expect(read({ tokenFile: empty }, env)).rejects.toThrow('is empty')
  })

  it('refuses a base URL that is none, and repeats nothing of it', async () => {
    const url = 'https://user:s3cret@gateway.example'
    for (const { result, by } of [
      { result: read({ baseUrl: url }, env), by: '--base-url' },
      { result: read({}, { ...env, CHATLAYER_BASE_URL: url }), by: 'CHATLAYER_BASE_URL' },
      { result: read({ region: 'user:s3cret' }, env), by: 'no region of that name' },
      { result: read({ profile: 'user:s3cret' }, env), by: 'that cannot be' },
    ]) {
      const failure = await result.catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(UsageError)
      expect((failure as UsageError).message).toContain(by)
      expect((failure as UsageError).message).not.toContain('s3cret')
    }
  })

  it('refuses a region that is none', async () => {
    await expect(read({ region: 'moon' }, env)).rejects.toThrow('no region "moon"')
  })
})

describe('readConnection with profiles', () => {
  it('takes the current profile, and what a probe learned with it', async () => {
    const read = await saved('test', { prod, test })
    expect(await read({})).toEqual(test)
  })

  it('takes the profile that the environment names, then the one that --profile names', async () => {
    const read = await saved('test', { prod, test, third: { ...prod, botId: 'third-bot' } })
    expect(await read({}, { CHATLAYER_PROFILE: 'prod' })).toMatchObject({ botId: 'prod-bot' })
    const flags = { profile: 'Third' }
    expect(await read(flags, { CHATLAYER_PROFILE: 'prod' })).toMatchObject({ botId: 'third-bot' })
    expect(await read({}, { CHATLAYER_PROFILE: '' })).toMatchObject({ botId: 'test-bot' })
  })

  it('puts flags, then the environment, before a profile that the command line does not name', async () => {
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

  it('lets no forgotten variable turn a profile that the command line names into another bot', async () => {
    const read = await saved('test', { prod, test })
    const all = { ...env, CHATLAYER_PROFILE: 'test', CHATLAYER_REGION: 'nonsense' }
    const whole = { ...prod, version: undefined, dialect: undefined }
    expect(await read({}, all, 'prod')).toEqual(whole)
    expect(await read({ profile: 'test' }, all, 'prod')).toEqual(whole)
    expect(await read({ profile: 'prod' }, all)).toEqual(whole)
    expect(await read({ profile: 'prod', bot: 'b' }, all)).toEqual({ ...whole, botId: 'b' })
  })

  it('reads the version of the environment where a named profile says none', async () => {
    const read = await saved(undefined, { prod, test })
    const live = { CHATLAYER_TABLE_VERSION: 'LIVE' }
    const draft = { CHATLAYER_TABLE_VERSION: 'DRAFT' }
    expect(await read({}, live, 'prod')).toMatchObject({ version: 'LIVE' })
    expect(await read({}, draft, 'test')).toMatchObject({ version: 'LIVE' })
    expect(await read({ profile: 'test' }, draft)).toMatchObject({ version: 'LIVE' })
  })

  it('refuses flags that would send a named table elsewhere', async () => {
    const read = await saved('test', { prod, test })
    for (const flags of [
      { region: 'eu' },
      { baseUrl: 'http://127.0.0.1:1' },
      { team: 't' },
      { bot: 'b' },
      { tokenFile: 'f' },
    ]) {
      await expect(read(flags, {}, 'prod')).rejects.toThrow(/^the table says "prod:", and --/)
    }
  })

  it('uses nothing of a profile when flags or the environment name another gateway', async () => {
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
      expect((failure as UsageError).message).toMatch(/lacks a token .*; a team .*; a bot /)
      expect((failure as UsageError).hint).toContain(`another gateway than ${by} says`)
    }
    const token = { CHATLAYER_TOKEN: 'env:secret' }
    await expect(read({ region: 'us' }, token)).rejects.toThrow(/^the connection lacks a team/)
  })

  it('uses the profile when what names a gateway names the same one', async () => {
    const read = await saved('prod', { prod })
    const baseUrl = 'https://gateway.prod.europe-west1.gc.chatlayer.ai/api/v1/'
    expect(await read({ baseUrl })).toMatchObject({ token: 'prod:secret', botId: 'prod-bot' })
  })

  it('does not ask for a profile that is not needed, be it broken', async () => {
    const read = await saved('gone')
    expect(await read({}, env)).toMatchObject({ token: 'env:secret' })
    await expect(read({})).rejects.toThrow('no profile "gone"')
  })

  it('tells of a profile that is not there, and which are', async () => {
    const read = await saved('prod', { prod, test })
    const failure = await read({ profile: 'prd' }).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      message: 'there is no profile "prd"',
      hint: 'There is prod, test. Make it: clt auth login --profile prd.',
    })
    await expect(read({ profile: '../prod' })).rejects.toThrow("cannot be a profile's name")
  })
})
