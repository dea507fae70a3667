/** `clt doctor`, with a separate home folder for each test. */

import { once } from 'node:events'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Report } from '@chatlayer-tables/report'
import { beforeEach, describe, expect, it } from 'vitest'
import { checkNoSecret, connectionTo, type Env, type Result, run, start } from './cli.ts'
import { useEmulator } from './fixture.ts'
import { runHere } from './in-process.ts'

const TOKEN = '0123456789abcdef01234567:Pa55wordOfTheEmulator'
const TEXTS = ['a', 'b'].map((name) => ({ name, type: 'text' as const }))

let count = 0
let home: Env

const { emulator, folder } = await useEmulator({
  keep: true,
  token: TOKEN,
  dialect: { listEncoding: 'comma', nullEncoding: 'json' },
  tables: [
    { name: 'stores', columns: TEXTS, records: [{ a: '1' }, { a: '2' }, { b: '3' }] },
    { name: 'scratch', columns: TEXTS, records: [{ a: 'stays' }] },
  ],
})

beforeEach(() => {
  const path = join(folder, `home-${count++}`)
  home = { HOME: path, APPDATA: join(path, 'AppData'), XDG_CONFIG_HOME: join(path, 'config') }
})

async function doctor(args: readonly string[] = [], env: Env = {}): Promise<Result> {
  const result = await runHere(['doctor', ...args], { env: { ...home, ...env } })
  checkNoSecret(`${result.stdout}${result.stderr}`, { CHATLAYER_TOKEN: TOKEN })
  return result
}

async function login(): Promise<void> {
  const { url, teamId, botId } = emulator
  const args = [
    'auth',
    'login',
    '--with-token',
    '--base-url',
    url,
    '--team',
    teamId,
    '--bot',
    botId,
  ]
  const { code } = await runHere(args, { env: home, input: TOKEN })
  expect(code).toBe(0)
}

function profileFile(): string {
  return join(home.XDG_CONFIG_HOME ?? '', 'chatlayer-tables', 'profiles', 'default.json')
}

/** The status of each check by its name. */
function statuses({ stdout }: Result): Record<string, string> {
  const { checks }: { checks: { name: string; status: string }[] } = JSON.parse(stdout)
  return Object.fromEntries(checks.map(({ name, status }) => [name, status]))
}

describe('a complete connection', () => {
  beforeEach(login)

  it('passes, and shows the source of each value and the results of the probe', async () => {
    const { code, stdout, stderr } = await doctor()
    expect(code).toBe(0)
    expect(stdout).toMatch(/^✓ configuration {2}complete, from the profile "default"$/m)
    expect(stdout).toMatch(/^ +team +\w+ +\(profile default\)$/m)
    expect(stdout).toMatch(/^– tls +plain HTTP/m)
    expect(stdout).toMatch(/^✓ clock /m)
    expect(stdout).toMatch(/^✓ tables +2: stores, scratch$/m)
    expect(stdout).toMatch(/^ +listEncoding +comma +\S/m)
    expect(stdout).toMatch(/^ +nullEncoding +not learned +only writes can show it/m)
    expect(stderr).toContain('clt doctor --save')
    expect(await readFile(profileFile(), 'utf8')).not.toContain('dialect')
  })

  it('learns more on a scratch table, restores the table, and saves the results if asked to', async () => {
    const { code, stdout } = await doctor(['--scratch-table', 'scratch', '--save', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      exit: 0,
      dialect: { saved: true, dialect: { listEncoding: 'comma', nullEncoding: 'json' } },
    })
    const records = emulator.tables.records('scratch')
    expect(records.map(({ values }) => values)).toEqual([{ a: 'stays', b: null }])
    expect(JSON.parse(await readFile(profileFile(), 'utf8'))).toMatchObject({
      dialect: { listEncoding: 'comma', nullEncoding: 'json' },
      teamId: emulator.teamId,
    })
    // The saved results are used: null can be written now.
    const update = ['records', 'update', 'scratch', '--where', 'a = stays', '--set-null', 'b', '-y']
    expect((await runHere(update, { env: home })).code).toBe(0)
    expect((await doctor(['--save'])).stderr).toContain('nothing new was learned')
  })

  it('does not write to LIVE because of a setting', async () => {
    const args = ['--scratch-table', 'scratch']
    const refused = await doctor(args, { CHATLAYER_TABLE_VERSION: 'LIVE' })
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('writing to LIVE must be requested on the command line')
    expect((await doctor(['--scratch-table', 'scratch@live'])).code).toBe(0)
  })

  it('rejects flags without effect', async () => {
    expect((await doctor(['--no-probe', '--save'])).code).toBe(2)
    const { code, stderr } = await doctor(['--save'], connectionTo(emulator))
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('requires a profile'),
    })
  })

  it.skipIf(process.platform === 'win32')(
    'fails on a token file that others can read',
    async () => {
      const file = join(home.XDG_CONFIG_HOME ?? '', 'chatlayer-tables', 'tokens', 'default.json')
      await chmod(file, 0o644)
      const { code, stdout } = await doctor(['--no-probe'])
      expect(code).toBe(4)
      expect(stdout).toContain(`other users can read ${file}\n`)
      expect(stdout).toContain(`→ Run: chmod 600 ${file}\n`)
      expect(stdout).toMatch(/^✓ tables /m)
    },
  )
})

describe('--report', () => {
  const file = (name: string) => join(folder, `${name}-${count}.json`)
  const reportIn = async (path: string) => Report.parse(JSON.parse(await readFile(path, 'utf8')))

  it('writes a file for the owner alone, with nothing of the connection in it', async () => {
    const path = file('report')
    const { code, stdout, stderr } = await doctor(['--report', path], connectionTo(emulator))
    expect(code).toBe(0)
    expect(stderr).toMatch(/^a report takes at most \d+ requests that read$/m)
    expect(stderr).toContain(`look at ${path}, then attach it`)
    expect(stdout).toMatch(/^ +answered +dialect\.listEncoding: comma /m)
    expect(stdout).toMatch(/^ +not seen +\d+ facts +only writes can show it/m)
    expect(stdout).toMatch(
      /^ +\d+ facts: 0 contradicted, \d+ answered, \d+ confirmed, \d+ not seen$/m,
    )
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600)
    const text = await readFile(path, 'utf8')
    const { url, teamId, botId, token } = emulator
    const { port } = new URL(url)
    for (const own of [teamId, botId, token, ...token.split(':'), port, 'stores']) {
      expect(text).not.toContain(own)
    }
    expect((await reportIn(path)).made.by).toMatch(/^chatlayer-tables \d/)
  })

  it('writes to the scratch table if one is passed, and restores it', async () => {
    const path = file('report')
    const args = ['--report', path, '--scratch-table', 'scratch', '--json']
    const { code, stdout, stderr } = await doctor(args, connectionTo(emulator))
    expect(code).toBe(0)
    expect(stderr).toMatch(/ and at most \d+ to the scratch table$/m)
    const { report } = JSON.parse(stdout)
    expect(report).toMatchObject({ file: path, misfits: 0, unexpectedFields: 0 })
    expect(report.facts).toContainEqual(
      expect.objectContaining({ id: 'dialect.nullEncoding', result: 'answered', found: 'json' }),
    )
    expect(emulator.tables.records('scratch').map(({ values }) => values)).toEqual([
      { a: 'stays', b: null },
    ])
  })

  it('does not overwrite a file, and sends nothing then', async () => {
    const path = file('report')
    await writeFile(path, 'mine')
    emulator.requests.clear()
    const { code, stderr } = await doctor(['--report', path], connectionTo(emulator))
    expect(code).toBe(2)
    expect(stderr).toContain(`${path} exists`)
    expect(emulator.requests.log).toEqual([])
    expect(await readFile(path, 'utf8')).toBe('mine')
    expect((await doctor(['--report', file('other'), '--no-probe'])).code).toBe(2)
  })

  it('writes what was seen when requests fail, and no file when none can be sent', async () => {
    const path = file('rejected')
    const wrong = { ...connectionTo(emulator), CHATLAYER_TOKEN: 'user:Pa55wordThatIsWrong' }
    const rejected = await doctor(['--report', path, '--json'], wrong)
    expect(rejected.code).toBe(4)
    expect(statuses(rejected)).toMatchObject({
      'sign-in': 'failed',
      dialect: 'skipped',
      report: 'ok',
    })
    const { failure, exchanges } = await reportIn(path)
    expect(failure).toBe('AUTHENTICATION')
    expect(exchanges[0]?.response?.status).toBe(401)

    const none = await doctor(['--report', file('none'), '--json'])
    expect(none.code).toBe(2)
    expect(statuses(none)).toMatchObject({ report: 'skipped' })
    await expect(stat(file('none'))).rejects.toThrow('ENOENT')
  })

  it('is written at Ctrl-C', async () => {
    const path = file('stopped')
    emulator.faults.add({ kind: 'latency', ms: 50, actions: ['SELECT'] })
    emulator.requests.clear()
    const env = { ...home, ...connectionTo(emulator) }
    const { child, result } = start(['doctor', '--report', path], env)
    while (emulator.requests.log.length < 5) await new Promise((done) => setTimeout(done, 5))
    child.kill('SIGINT')
    const { code, stderr } = await result
    emulator.faults.clear()
    expect(code).toBe(130)
    expect(stderr).toContain(`look at ${path}`)
    const { failure, exchanges } = await reportIn(path)
    expect(failure).toBe('INTERRUPTED')
    expect(exchanges.length).toBeGreaterThan(1)
  })
})

describe('a failed check does not hide independent checks', () => {
  it('nothing is set', async () => {
    const result = await doctor(['--json'])
    expect(result.code).toBe(2)
    expect(JSON.parse(result.stdout)).toMatchObject({ ok: false, exit: 2, dialect: null })
    const { node, folders, configuration, ...others } = statuses(result)
    expect({ node, folders, configuration }).toEqual({
      node: 'ok',
      folders: 'ok',
      configuration: 'failed',
    })
    expect(new Set(Object.values(others))).toEqual(new Set(['skipped']))
  })

  it('only the bot is missing: the network is checked', async () => {
    const { CHATLAYER_BOT_ID: _, ...env } = connectionTo(emulator)
    const result = await doctor(['--json'], env)
    expect(result.code).toBe(2)
    expect(statuses(result)).toMatchObject({
      configuration: 'failed',
      token: 'ok',
      connection: 'ok',
      clock: 'ok',
      'sign-in': 'skipped',
    })
  })

  it('a profile is invalid: this is reported, and the environment is not used instead', async () => {
    await login()
    await writeFile(profileFile(), '{')
    const result = await doctor([], { CHATLAYER_BASE_URL: emulator.url })
    expect(result.code).toBe(2)
    expect(result.stdout).toMatch(/^✗ configuration .*default\.json is not valid JSON/m)
    expect(result.stdout).toMatch(/→ Fix the file, or create the profile again: clt auth login/)
    expect(result.stdout).toMatch(/^✓ connection /m)
    expect(result.stdout).toMatch(/^– sign-in /m)
  })

  it('the token is wrong, or does not have the form of one', async () => {
    const wrong = { ...connectionTo(emulator), CHATLAYER_TOKEN: 'user:Pa55wordThatIsWrong' }
    const refused = await doctor(['--json'], wrong)
    expect(refused.code).toBe(4)
    expect(statuses(refused)).toMatchObject({ token: 'ok', 'sign-in': 'failed', tables: 'skipped' })
    const odd = await doctor(['--json'], { ...wrong, CHATLAYER_TOKEN: 'Pa55wordAlone' })
    expect(odd.code).toBe(2)
    expect(statuses(odd)).toMatchObject({ token: 'failed', connection: 'ok', 'sign-in': 'skipped' })
    expect(refused.stdout + odd.stdout).not.toContain('Pa55word')
  })

  it('the bot does not exist', async () => {
    const result = await doctor(['--json', '--bot', 'none'], connectionTo(emulator))
    expect(result.code).toBe(3)
    expect(statuses(result)).toMatchObject({
      connection: 'ok',
      tables: 'failed',
      dialect: 'skipped',
    })
  })

  it('nothing listens at the address', async () => {
    const env = { ...connectionTo(emulator), CHATLAYER_BASE_URL: 'http://127.0.0.1:1' }
    const result = await doctor([], env)
    expect(result.code).toBe(5)
    expect(result.stdout).toMatch(
      /^✗ connection +no connection to 127\.0\.0\.1:1 \(ECONNREFUSED\)$/m,
    )
    expect(result.stdout).toMatch(/→ Nothing listens there\. Start the emulator/)
    expect(result.stdout).toMatch(/^– sign-in +the gateway is unreachable$/m)
  })

  it('the name cannot be resolved', async () => {
    // A label this long is rejected before any lookup.
    const env = { ...connectionTo(emulator), CHATLAYER_BASE_URL: `https://${'x'.repeat(64)}.test` }
    const result = await doctor(['--json'], { ...env, ALL_PROXY: 'http://127.0.0.1:1' })
    expect(result.code).toBe(5)
    expect(statuses(result)).toMatchObject({
      dns: 'failed',
      connection: 'skipped',
      tls: 'skipped',
      clock: 'skipped',
      'sign-in': 'skipped',
    })
    expect(result.stdout).toContain('ALL_PROXY is not supported: set HTTPS_PROXY.')
  })

  it.each([
    ['a proxy that is not there', 'http://me:Sw0rdfish@127.0.0.1:1', 'failed', 'ECONNREFUSED'],
    [
      'a proxy whose name does not resolve',
      `http://${'x'.repeat(64)}.test`,
      'skipped',
      'cannot be resolved',
    ],
    ['no proxy at all', 'ftp://me:Sw0rdfish@proxy', 'skipped', 'HTTPS_PROXY must'],
  ])('%s is reported without its credentials', async (_, proxy, connection, says) => {
    const base = { ...connectionTo(emulator), CHATLAYER_BASE_URL: 'https://gateway.test' }
    const result = await doctor(['--json'], { ...base, HTTPS_PROXY: proxy })
    expect(result.stdout).toContain(says)
    expect(`${result.stdout}${result.stderr}`).not.toMatch(/Sw0rdfish|me:/)
    expect(statuses(result)).toMatchObject({ connection, tls: 'skipped', 'sign-in': 'skipped' })
    expect(result.code).not.toBe(0)
  })

  it('a proxy of the environment, unless NO_PROXY names the gateway', async () => {
    const env = { ...connectionTo(emulator), HTTP_PROXY: emulator.url.replace('//', '//me:pass@') }
    const through = await doctor(['--no-probe'], env)
    expect(through.stdout).toContain(`proxy          ${emulator.url}, from HTTP_PROXY\n`)
    expect(through.stdout).toContain('not checked through a proxy')
    expect(through.stdout).not.toContain('me:pass')
    const direct = await doctor(['--no-probe'], { ...env, NO_PROXY: '127.0.0.1' })
    expect(direct.stdout).toContain('proxy          none for this gateway\n')
  })

  it('the server does not support TLS', async () => {
    const baseUrl = emulator.url.replace('http:', 'https:')
    const env = { ...connectionTo(emulator), CHATLAYER_BASE_URL: baseUrl }
    const result = await doctor(['--json'], env)
    expect(result.code).toBe(5)
    expect(statuses(result)).toMatchObject({ connection: 'ok', tls: 'failed', clock: 'skipped' })
    expect(result.stdout).toContain('NODE_EXTRA_CA_CERTS')
  })

  it('another server listens at the address, with a different clock', async () => {
    const server = createServer((_, answer) => {
      answer.writeHead(200, { date: 'Thu, 01 Jan 2026 00:00:00 GMT', 'content-type': 'text/html' })
      answer.end('<p>a web page</p>')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const env = { ...connectionTo(emulator), CHATLAYER_BASE_URL: `http://127.0.0.1:${port}` }
    try {
      const { code, stdout } = await doctor([], env)
      expect(code).toBe(1)
      expect(stdout).toMatch(/^✗ clock +this machine's clock is \d+ s ahead of the gateway's$/m)
      expect(stdout).toMatch(/^✗ tables /m)
      expect(stdout).toMatch(/^– dialect /m)
    } finally {
      server.close()
    }
  })
})

it('works in the built program, with its exit code', async () => {
  const { code, stdout } = await run(['doctor', '--json', '--no-probe'], {
    ...home,
    ...connectionTo(emulator),
  })
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, checks: expect.any(Array) })
})
