import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConnection } from './connection.ts'
import { UsageError } from './failures.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clt-connection-'))
})

afterAll(() => rm(folder, { recursive: true }))

const env = {
  CHATLAYER_TOKEN: 'env:secret',
  CHATLAYER_REGION: 'us',
  CHATLAYER_TEAM_ID: 'team-of-env',
  CHATLAYER_BOT_ID: 'bot-of-env',
}

describe('readConnection', () => {
  it('takes what the environment says', async () => {
    expect(await readConnection({}, env)).toEqual({
      token: 'env:secret',
      region: 'us',
      baseUrl: undefined,
      teamId: 'team-of-env',
      botId: 'bot-of-env',
      version: undefined,
    })
  })

  it('puts flags before the environment, whatever stands there', async () => {
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, 'file:secret\n')
    const flags = { region: 'EU', team: 't', bot: 'b', tokenFile }
    const odd = { CHATLAYER_TOKEN: 'no token', CHATLAYER_REGION: 'moon', CHATLAYER_BASE_URL: 'x' }
    expect(await readConnection(flags, odd)).toMatchObject({
      token: 'file:secret',
      region: 'eu',
      baseUrl: undefined,
      teamId: 't',
      botId: 'b',
    })
  })

  it('lets a region on the command line take the place of a base URL of the environment', async () => {
    const both = { ...env, CHATLAYER_BASE_URL: 'http://127.0.0.1:1' }
    expect(await readConnection({ region: 'sa' }, both)).toMatchObject({
      region: 'sa',
      baseUrl: undefined,
    })
    const url = 'https://gateway.example'
    expect(await readConnection({ baseUrl: url }, env)).toMatchObject({ baseUrl: url })
  })

  it('names everything that is missing at once, and how it is given', async () => {
    const failure = await readConnection({}, {}).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(UsageError)
    for (const way of ['CHATLAYER_TOKEN', '--token-file', '--region', '--team', '--bot']) {
      expect((failure as UsageError).message).toContain(way)
    }
    const { CHATLAYER_BOT_ID: _, ...rest } = env
    await expect(readConnection({}, rest)).rejects.toThrow(
      /^the connection lacks a bot \(--bot or CHATLAYER_BOT_ID\)$/,
    )
  })

  it('tells of a token file that is not there or empty', async () => {
    await expect(readConnection({ tokenFile: join(folder, 'no') }, env)).rejects.toThrow('ENOENT')
    const empty = join(folder, 'empty')
    await writeFile(empty, '\n')
    await expect(readConnection({ tokenFile: empty }, env)).rejects.toThrow('is empty')
  })

  it('refuses a region that is none', async () => {
    await expect(readConnection({ region: 'moon' }, env)).rejects.toThrow('no region "moon"')
  })
})
