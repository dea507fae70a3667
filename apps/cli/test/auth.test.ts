/** Signing in, with a separate home folder for each test. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { importFile, JobStore } from '@chatlayer-tables/transfer'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkNoSecret, type Env, makeFolder, type Result, run } from './cli.ts'
import { runHere } from './in-process.ts'

const TOKEN = '0123456789abcdef01234567:Pa55wordOfTheFirstEmulator'
const OTHER_TOKEN = '76543210fedcba9876543210:Pa55wordOfTheOtherEmulator'

let emulator: Emulator
let other: Emulator
let folder: string
let remove: () => Promise<void>
let count = 0
/** A home of its own, and nothing else. */
let home: Env

beforeAll(async () => {
  ;({ folder, remove } = await makeFolder())
  const tables = (name: string) => [
    { name: 'stores', columns: [{ name: 'of', type: 'text' }], records: [{ of: name }] },
  ]
  emulator = await startEmulator({ token: TOKEN, tables: tables('one') })
  other = await startEmulator({ token: OTHER_TOKEN, tables: tables('other') })
})

beforeEach(() => {
  const path = join(folder, `home-${count++}`)
  home = { HOME: path, APPDATA: join(path, 'AppData'), XDG_CONFIG_HOME: join(path, 'config') }
})

afterAll(async () => {
  await emulator.close()
  await other.close()
  await remove()
})

async function clt(args: readonly string[], env: Env = {}, input = ''): Promise<Result> {
  return checked(await runHere(args, { env: { ...home, ...env }, input }))
}

/** Checks that neither of the tokens is shown. */
function checked(result: Result): Result {
  for (const CHATLAYER_TOKEN of [TOKEN, OTHER_TOKEN]) {
    checkNoSecret(`${result.stdout}${result.stderr}`, { CHATLAYER_TOKEN })
  }
  return result
}

function flagsOf({ url, teamId, botId }: Emulator): string[] {
  return ['--base-url', url, '--team', teamId, '--bot', botId]
}

function login(at: Emulator, more: readonly string[] = [], input = at.token): Promise<Result> {
  return clt(loginArguments(at, more), {}, `${input}\n`)
}

function loginArguments(at: Emulator, more: readonly string[]): string[] {
  return ['auth', 'login', '--with-token', '--no-keychain', ...flagsOf(at), ...more]
}

function configFolder(): string {
  return join(home.XDG_CONFIG_HOME ?? '', 'chatlayer-tables')
}

async function filesWith(text: string): Promise<string[]> {
  const entries = await readdir(configFolder(), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const found = await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const file = join(parentPath, name)
      return (await readFile(file, 'utf8')).includes(text) ? file : undefined
    }),
  )
  return found.filter((file) => file !== undefined)
}

async function whichStores(args: readonly string[], env: Env = {}): Promise<string> {
  const { code, stdout, stderr } = await clt([...args, '--select', 'of'], env)
  expect(code, stderr).toBe(0)
  return stdout.trim().split('\t').at(-1) ?? ''
}

describe('auth login', () => {
  it('tests the connection, saves it, and is then signed in', async () => {
    const args = loginArguments(emulator, ['--profile', 'prod'])
    const { code, stdout, stderr } = checked(await run(args, home, `${TOKEN}\n`))
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toContain('signed in: the bot has 1 table')
    const tokenFile = join(configFolder(), 'tokens', 'prod.json')
    expect(stderr).toContain(`the token is in ${tokenFile}, which only you can read`)
    expect(stderr).toContain('saved as profile "prod"')
    expect(await filesWith('Pa55word')).toEqual([tokenFile])
    if (process.platform !== 'win32') expect((await stat(tokenFile)).mode & 0o777).toBe(0o600)
    const list = checked(await run(['records', 'list', 'stores', '--select', 'of'], home))
    expect(list.stdout).toMatch(/\tone\n$/)
  })

  it('reports it as JSON', async () => {
    const { code, stdout } = await login(emulator, ['--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      profile: 'default',
      gateway: emulator.url,
      teamId: emulator.teamId,
      botId: emulator.botId,
      tables: 1,
      token: 'file',
      tokenFile: join(configFolder(), 'tokens', 'default.json'),
    })
  })

  it('uses the environment for other settings, and reports it', async () => {
    const env = {
      CHATLAYER_BASE_URL: emulator.url,
      CHATLAYER_TEAM_ID: emulator.teamId,
      CHATLAYER_BOT_ID: emulator.botId,
      CHATLAYER_TOKEN: TOKEN,
    }
    const { code, stderr } = await clt(['auth', 'login', '--no-keychain'], env)
    expect(code).toBe(0)
    expect(stderr).toContain('taken from the environment: CHATLAYER_BASE_URL, CHATLAYER_TEAM_ID')
    expect(stderr).toContain('override the current profile: CHATLAYER_TOKEN')
    expect(await whichStores(['records', 'list', 'stores'])).toBe('one')
  })

  it('saves nothing for an invalid token, team or bot, or an unreachable gateway', async () => {
    const wrong = '0123456789abcdef01234567:Pa55wordThatIsWrong'
    const attempts = [
      {
        result: await login(emulator, [], wrong),
        code: 4,
        says: 'does not accept the access token',
      },
      { result: await login(emulator, ['--bot', 'none']), code: 3, says: '404' },
      { result: await login(emulator, ['--team', 'none']), code: 3, says: '404' },
      { result: await login(emulator, ['--base-url', 'http://127.0.0.1:1']), code: 5, says: '' },
      {
        result: await login(emulator, ['--base-url', 'http://shop.example']),
        code: 2,
        says: 'https',
      },
      {
        result: await login(emulator, [], 'Pa55wordWithoutUser'),
        code: 2,
        says: 'username:password',
      },
      { result: await login(emulator, [], ''), code: 2, says: 'stdin does not contain a token' },
      {
        result: await login(emulator, ['--profile', 'a/b']),
        code: 2,
        says: 'invalid profile name',
      },
    ]
    for (const { result, code, says } of attempts) {
      expect(result.code, result.stderr).toBe(code)
      expect(result.stderr).toContain(says)
      expect(result.stderr).not.toContain('Pa55word')
    }
    await expect(stat(configFolder())).rejects.toThrow('ENOENT')
  })

  it('lists all missing settings without a terminal', async () => {
    const { code, stderr } = await clt(['auth', 'login'])
    expect(code).toBe(2)
    for (const flag of ['--region', '--base-url', '--with-token', '--team', '--bot']) {
      expect(stderr).toContain(flag)
    }
  })

  it('keeps all profiles when several sign in at the same time', async () => {
    const names = ['one', 'two', 'three', 'four']
    const results = await Promise.all(
      names.map((name) => run(loginArguments(emulator, ['--profile', name]), home, TOKEN)),
    )
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    const { stdout } = await clt(['auth', 'list', '--json'])
    const listed: { name: string; current: boolean }[] = JSON.parse(stdout)
    expect(listed.map(({ name }) => name)).toEqual(names.toSorted())
    expect(listed.filter(({ current }) => current)).toHaveLength(1)
    expect(await filesWith(TOKEN)).toHaveLength(4)
  })

  it('does not replace the default profile of another bot', async () => {
    await login(emulator)
    expect((await login(emulator)).code).toBe(0)
    const { code, stderr } = await login(other)
    expect(code).toBe(2)
    expect(stderr).toContain('Pass --profile <name> for a new profile')
    expect((await login(other, ['--profile', 'default'])).code).toBe(0)
    expect(await whichStores(['records', 'list', 'stores'])).toBe('other')
  })

  it('needs only a new token to create a profile again, and keeps the results of a probe', async () => {
    await login(emulator, ['--profile', 'prod', '--live'])
    const file = join(configFolder(), 'profiles', 'prod.json')
    const saved = JSON.parse(await readFile(file, 'utf8'))
    await writeFile(file, JSON.stringify({ ...saved, dialect: { listEncoding: 'json' } }))
    const args = ['auth', 'login', '--profile', 'prod', '--with-token', '--no-keychain']
    expect((await clt(args, {}, TOKEN)).code).toBe(0)
    const renewed = JSON.parse(await readFile(file, 'utf8'))
    expect(renewed).toEqual({ ...saved, dialect: { listEncoding: 'json' } })
    expect(renewed).toMatchObject({ version: 'LIVE' })
    // The results do not apply to another gateway.
    await login(other, ['--profile', 'prod'])
    expect(JSON.parse(await readFile(file, 'utf8'))).not.toHaveProperty('dialect')
  })
})

describe('a profile in use', () => {
  beforeEach(async () => {
    await login(emulator, ['--profile', 'one'])
    await login(other, ['--profile', 'other'])
  })

  it('is the current one, the one of CHATLAYER_PROFILE, of --profile, or of the table', async () => {
    const list = (table: string, ...more: string[]) => ['records', 'list', table, ...more]
    const env = { CHATLAYER_PROFILE: 'one' }
    expect(await whichStores(list('stores'))).toBe('other')
    expect(await whichStores(list('stores'), env)).toBe('one')
    expect(await whichStores(list('stores', '--profile', 'other'), env)).toBe('other')
    expect(await whichStores(list('one:stores', '--profile', 'other'))).toBe('one')
    expect(await whichStores(list('ONE:stores@draft'), { CHATLAYER_PROFILE: 'other' })).toBe('one')
    expect((await clt(['auth', 'switch', 'one'])).code).toBe(0)
    expect(await whichStores(list('stores'))).toBe('one')
  })

  it('is not combined with variables if the command line names it', async () => {
    const leftovers = {
      CHATLAYER_BASE_URL: other.url,
      CHATLAYER_TEAM_ID: other.teamId,
      CHATLAYER_BOT_ID: other.botId,
      CHATLAYER_TOKEN: OTHER_TOKEN,
    }
    expect(await whichStores(['records', 'list', 'stores'], leftovers)).toBe('other')
    expect(await whichStores(['records', 'list', 'one:stores'], leftovers)).toBe('one')
    expect(await whichStores(['records', 'list', 'stores', '--profile', 'one'], leftovers)).toBe(
      'one',
    )
    const { code, stderr } = await clt(['records', 'list', 'one:stores', '--bot', 'b'])
    expect(code).toBe(2)
    expect(stderr).toContain('--bot contradicts the profile of the table, "one:"')
  })

  it('never sends its token to another gateway', async () => {
    for (const { args, env } of [
      { args: ['--base-url', emulator.url], env: {} },
      { args: ['--profile', 'other', '--base-url', emulator.url], env: {} },
      { args: [], env: { CHATLAYER_BASE_URL: emulator.url } },
      { args: [], env: { CHATLAYER_BASE_URL: emulator.url, CHATLAYER_PROFILE: 'other' } },
    ]) {
      const before = emulator.requests.log.length
      const { code, stderr } = await clt(['tables', 'list', ...args], env)
      expect(code).toBe(2)
      expect(stderr).toContain('The profile "other" belongs to another gateway')
      expect(emulator.requests.log).toHaveLength(before)
    }
    // Nor after the file was changed.
    const file = join(configFolder(), 'profiles', 'other.json')
    const saved = await readFile(file, 'utf8')
    await writeFile(file, saved.replace(other.url, emulator.url))
    const before = emulator.requests.log.length
    const { code, stderr } = await clt(['tables', 'list'])
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is missing'),
    })
    expect(emulator.requests.log).toHaveLength(before)
  })

  it('is found for a job that was started with its bot', async () => {
    const { url: baseUrl, token, teamId, botId } = emulator
    const store = new JobStore(join(folder, 'state', 'chatlayer-tables', 'jobs'))
    const file = join(folder, 'rows.csv')
    await writeFile(file, 'of\nresumed\n')
    await using client = createClient({ baseUrl, token, teamId, botId })
    const stop = new AbortController()
    await importFile({
      table: client.table('stores'),
      connection: { origin: baseUrl, teamId, botId },
      store,
      input: { path: file },
      settings: { mode: 'insert' },
      stop: stop.signal,
      onStart: () => stop.abort(),
    })
    const env = { XDG_STATE_HOME: join(folder, 'state') }
    const insists = await clt(['jobs', 'resume', '--profile', 'other'], env)
    expect({ code: insists.code, stderr: insists.stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('belongs to another connection'),
    })
    const { code, stderr } = await clt(['jobs', 'resume'], env)
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('using the profile "one", as the job was started with its bot')
    const values = emulator.tables.records('stores').map((record) => record.values.of)
    expect(values).toEqual(['one', 'resumed'])
    emulator.reset()
  })

  it('is reported with a hint if it is missing or invalid', async () => {
    const missing = await clt(['records', 'list', 'on:stores'])
    expect(missing.code).toBe(2)
    expect(missing.stderr).toContain('there is no profile "on"')
    expect(missing.stderr).toContain('Pass one of: one, other.')
    expect(missing.stderr).toContain('put a colon before it: :on:stores')
    const file = join(configFolder(), 'profiles', 'other.json')
    await writeFile(file, '{\n  "format": 1\n  "token": "x:Pa55word"')
    const broken = await clt(['tables', 'list'])
    expect(broken.code).toBe(2)
    expect(broken.stderr).toContain(`${file} is not valid JSON at line 3`)
    expect(broken.stderr).toContain('clt auth login --profile other')
    expect(broken.stderr).not.toContain('Pa55word')
    expect((await clt(['records', 'list', 'one:stores'])).code).toBe(0)
    const list = await clt(['auth', 'list'])
    expect(list.code).toBe(2)
    expect(list.stdout).toMatch(/^\tone\t.*\n\*\tother\tbroken/m)
    expect((await clt(['auth', 'logout', 'other'])).code).toBe(0)
    expect(await filesWith(OTHER_TOKEN)).toEqual([])
  })
})

describe('auth status', () => {
  it('shows each value and its source, and at most the username of the token', async () => {
    await login(emulator, ['--profile', 'prod', '--live'])
    const { code, stdout } = await clt(['auth', 'status'], { CHATLAYER_TEAM_ID: 'leftover' })
    expect(code).toBe(0)
    expect(stdout.split('\n').map((line) => line.split('\t'))).toEqual([
      ['setting', 'value', 'from'],
      ['profile', 'prod', 'current profile'],
      ['gateway', emulator.url, 'profile prod'],
      ['team', 'leftover', 'CHATLAYER_TEAM_ID'],
      ['bot', emulator.botId, 'profile prod'],
      ['version', 'LIVE', 'profile prod'],
      ['state', 'local', 'default'],
      ['token', 'present, in a file, user 0123456789abcdef01234567', 'profile prod'],
      [''],
    ])
    const json = await clt(['auth', 'status', '--json', '--region', 'us'])
    expect(json.code).toBe(2)
    expect(JSON.parse(json.stdout)).toMatchObject({
      complete: false,
      profile: { value: 'prod (not used)', from: 'current profile' },
      gateway: { value: expect.stringMatching(/^us: https:/), from: '--region' },
      bot: { value: null, from: null },
      token: { value: null, from: null },
    })
  })

  it('shows no part of a token with an undocumented form', async () => {
    const env = { CHATLAYER_TOKEN: 'Pa55word:user' }
    const { stdout, stderr } = await clt(['auth', 'status'], env)
    expect(stdout).toContain('token\tpresent\tCHATLAYER_TOKEN')
    expect(stdout + stderr).not.toContain('Pa55word')
  })

  it('reports that the token is missing', async () => {
    await login(emulator)
    await rm(join(configFolder(), 'tokens'), { recursive: true })
    const { code, stdout, stderr } = await clt(['auth', 'status'])
    expect(code).toBe(2)
    expect(stdout).toContain('token\tabsent')
    expect(stderr).toContain('the token of the profile "default" is missing')
  })
})

describe('auth switch and logout', () => {
  it('list the profiles if none matches', async () => {
    expect((await clt(['auth', 'logout'])).code).toBe(2)
    await login(emulator, ['--profile', 'prod'])
    for (const args of [['switch'], ['switch', 'prd'], ['logout', 'prd']]) {
      const { code, stderr } = await clt(['auth', ...args])
      expect(code).toBe(2)
      expect(stderr).toContain('Pass one of: prod')
    }
  })

  it('remove the current profile, one by name, or all, each with its token', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await login(emulator, ['--profile', name])
    expect((await clt(['auth', 'logout'])).stderr).toContain('"d"')
    expect((await clt(['auth', 'logout', 'b'])).code).toBe(0)
    expect(await filesWith(TOKEN)).toHaveLength(2)
    const without = await clt(['tables', 'list'])
    expect(without.code).toBe(2)
    expect(without.stderr).toContain('clt auth login')
    expect((await clt(['auth', 'logout', '--all'])).code).toBe(0)
    expect(await filesWith(TOKEN)).toEqual([])
    expect(JSON.parse((await clt(['auth', 'list', '--json'])).stdout)).toEqual([])
  })

  it('report a folder that is not writable', async () => {
    await mkdir(home.XDG_CONFIG_HOME ?? '', { recursive: true })
    await writeFile(configFolder(), '')
    const { code, stderr } = await login(emulator)
    expect(code).toBe(8)
    expect(stderr).toMatch(/^error: .*chatlayer-tables/m)
  })
})
