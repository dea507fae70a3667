/** `clt plan`, `clt apply` and `clt run` on a `chatlayer.yaml`. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LockFolder, takeTableLock } from '@chatlayer-tables/local'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { type Env, type Result, reportOf, run, SOME_AIRPORTS, start } from './cli.ts'
import { useEmulator } from './fixture.ts'

const { emulator, env, folder } = await useEmulator()

// Names of files are relative to the folder that a command runs in.
const before = process.cwd()
beforeEach(() => process.chdir(folder))
afterAll(() => process.chdir(before))

const CSV = `iata,name,city,state,country,latitude,longitude
00M,Thigpen,Bay Springs,MS,,31.95376472,
JFK,John F Kennedy Intl,New York,NY,,40.63,
EWR,Newark Intl,Newark,NJ,,40.6925,
BTV,Burlington,,VT,,44.4730,
`
const CHANGED = CSV.replace('Newark Intl', 'Newark Liberty').replace(
  /^BTV.*\n/m,
  'NEW,New,,,,1.5,\n',
)

const SYNC = `
syncs:
  airports:
    from: airports.csv
    to: airports@draft
    key: iata
    delete: true
`
const PUBLISH = `
  publish:
    from: airports@draft
    to: airports@live
    key: iata
    delete: true
`

async function write(yaml: string, csv = CHANGED): Promise<void> {
  await writeFile(join(folder, 'chatlayer.yaml'), yaml)
  await writeFile(join(folder, 'airports.csv'), csv)
}

function clt(...args: string[]): Promise<Result> {
  return cltWith({}, ...args)
}

function cltWith(more: Env, ...args: string[]): Promise<Result> {
  return run(args, { ...env, ...more })
}

function writesSent(): number {
  const { INSERT = 0, UPDATE = 0, DELETE = 0 } = emulator.requests.counts.actions
  return INSERT + UPDATE + DELETE
}

function names(version: 'DRAFT' | 'LIVE' = 'DRAFT'): string[] {
  const records = emulator.tables.records('airports', version)
  return records.map(({ values }) => `${values.iata} ${values.name}`).toSorted()
}

const BEFORE = SOME_AIRPORTS.map(({ iata, name }) => `${iata} ${name}`).toSorted()
const AFTER = ['00M Thigpen', 'EWR Newark Liberty', 'JFK John F Kennedy Intl', 'NEW New']

describe('clt plan', () => {
  it('shows what would change, and writes nothing', async () => {
    await write(SYNC)
    const { code, stdout } = await clt('plan')
    expect(code).toBe(10)
    expect(stdout).toBe(`airports: airports.csv to airports@draft, key iata
+ iata "NEW"  name "New"  latitude 1.5
~ iata "EWR"
    name  "Newark Intl" → "Newark Liberty"
- iata "BTV"  name "Burlington"  state "VT"  latitude 44.4730
  1 to insert, 1 to update, 1 to delete, 2 unchanged (4 records)

To do: 1 insert, 1 update and 1 delete in airports@draft
`)
    expect(await clt('plan', '--exit-zero')).toMatchObject({ code: 0 })
    expect([writesSent(), names()]).toEqual([0, BEFORE])
  })

  it('exits with 0 if there is nothing to do', async () => {
    await write(SYNC, CSV)
    const { code, stdout } = await clt('plan')
    expect(code).toBe(0)
    expect(stdout).toContain('Nothing to do: 1 sync up to date')
  })

  it('writes the whole plan as JSON, and as Markdown', async () => {
    await write(SYNC + PUBLISH)
    const json = await clt('plan', '--json', '--examples', '1')
    expect(json.code).toBe(10)
    expect(JSON.parse(json.stdout)).toMatchObject({
      format: 1,
      status: 'changes',
      syncs: [
        {
          name: 'airports',
          to: 'airports@draft',
          counts: { inserts: 1, updates: 1, deletes: 1, same: 2 },
          recordsBefore: 4,
        },
        { name: 'publish', after: ['airports'], counts: { inserts: 4 } },
      ],
      blocked: [],
    })
    const [first] = JSON.parse(json.stdout).syncs
    expect(first.examples[0]).toMatchObject({ change: 'insert', values: { iata: 'NEW' } })
    const markdown = await clt('plan', '--markdown', '--only', 'airports')
    expect(markdown.code).toBe(10)
    expect(markdown.stdout).toContain('| <code>airports</code> | ')
    expect(markdown.stdout).not.toContain('publish')
    expect(await clt('plan', '--json', '--markdown')).toMatchObject({ code: 2, stdout: '' })
  })

  const BLOCKED: [string, string, string][] = [
    ['an exceeded limit', `${SYNC}    limits: { deletes: 0 }\n`, 'delete'],
    ['an exceeded share', `${SYNC}    limits: { changes: 50% }\n`, '50%'],
    [
      'drift',
      `${SYNC}schema:\n  airports: { iata: text }\n`,
      'column "city" (text) is not expected',
    ],
    ['a check', `${SYNC}checks:\n  airports: count(*) > 100\n`, 'count(*) > 100'],
  ]

  it.each(BLOCKED)('exits with 11 for %s, and apply writes nothing', async (_, yaml, text) => {
    await write(yaml)
    const plan = await clt('plan', '--out', 'plan.json', '--exit-zero')
    expect(plan, plan.stderr).toMatchObject({ code: 11 })
    expect(plan.stdout).toContain(text)
    expect(plan.stderr).toContain('plan.json was not written')
    await expect(readFile(join(folder, 'plan.json'))).rejects.toThrow('ENOENT')
    const markdown = await clt('plan', '--markdown')
    expect(markdown.stdout).toContain('cannot be applied')
    for (const command of [
      ['apply', '--yes'],
      ['run', 'airports'],
    ]) {
      const { code, stderr } = await clt(...command)
      expect({ code, stderr }).toMatchObject({ code: 11 })
      expect(stderr).toContain('nothing was written')
    }
    expect([writesSent(), names()]).toEqual([0, BEFORE])
  })

  it('takes a name for a file that is in the folder of the project, wherever it runs', async () => {
    const [home, elsewhere] = [join(folder, 'home'), join(folder, 'elsewhere')]
    await Promise.all([home, elsewhere].map((each) => mkdir(each, { recursive: true })))
    await writeFile(join(home, 'stores'), CHANGED)
    await writeFile(join(elsewhere, 'airports'), CHANGED)
    const planned = async (from: string) => {
      const yaml = SYNC.replace('airports.csv', from).replace('@draft', '@live')
      await writeFile(join(home, 'chatlayer.yaml'), yaml)
      const plan = ['plan', '--json', '-f', join(home, 'chatlayer.yaml')]
      const { code, stdout, stderr } = await start(plan, env, elsewhere).result
      expect(code, stderr).toBe(10)
      const [{ source, counts }] = JSON.parse(stdout).syncs
      return [source.kind, source.name, counts.inserts]
    }
    expect(await planned('stores')).toEqual(['file', 'stores', AFTER.length])
    // The file of this name is in the folder that the command runs in.
    expect(await planned('airports')).toEqual(['table', 'airports', BEFORE.length])
  })

  it('takes another limit for one run, which each output names', async () => {
    await write(`${SYNC}    limits: { deletes: 0 }\n`)
    const allow = ['--allow', 'airports:deletes=1']
    const [text, markdown] = [await clt('plan'), await clt('plan', '--markdown')]
    expect(text.stdout).toContain(allow.join(' '))
    const shown = markdown.stdout.replace(/&#(\d+);/g, (_, point) => String.fromCodePoint(point))
    expect(shown).toContain(`<code>${allow.join(' ')}</code>`)
    const refused = await clt('run', 'airports')
    expect(refused.stderr).toContain(`allow it this once: ${allow.join(' ')}`)
    const { code, stdout } = await clt('plan', ...allow)
    expect(code).toBe(10)
    expect(stdout).toContain('limit of deletes: 1, allowed 1, by --allow')
    expect(await clt('run', 'airports', ...allow)).toMatchObject({ code: 0 })
    expect(names()).toEqual(AFTER)
  })

  it('reports every error of the file with its line', async () => {
    await write(`${SYNC}    deletes: true\nschema:\n  airports: { iata: txt }\n`)
    const { code, stdout, stderr } = await clt('plan')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^error: chatlayer.yaml:8:\d+ .*deletes/m)
    expect(stderr).toMatch(/^error: chatlayer.yaml:10:\d+ .*iata.*column type/m)
    expect(stderr).toContain('error: chatlayer.yaml has 2 errors')
    expect(await clt('plan', '-f', 'none.yaml')).toMatchObject({ code: 2 })
    expect((await clt('plan', '-f', 'none.yaml')).stderr).toContain('clt init')
    expect(await clt('plan', '--only', 'airprots')).toMatchObject({ code: 2 })
  })
})

describe('clt apply', () => {
  it('writes what the plan shows, and one id undoes all tables', async () => {
    await write(SYNC + PUBLISH)
    expect(await clt('apply')).toMatchObject({ code: 2 })
    const { code, stdout, stderr } = await clt('apply', '--yes')
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: '' })
    expect([names(), names('LIVE')]).toEqual([AFTER, AFTER])
    expect(stderr).toContain('To do: 5 inserts, 1 update and 1 delete in 2 tables')
    const [, job = ''] = /undo with: clt changes undo --job (\w+)/.exec(stderr) ?? []
    const shown = await clt('jobs', 'show', job)
    expect(shown.stdout).toContain('apply of\tchatlayer.yaml')
    expect((await clt('jobs', 'list')).stdout).toContain('done\t')
    const undone = await clt('changes', 'undo', '--job', job, '--yes')
    expect(undone, undone.stderr).toMatchObject({ code: 0 })
    expect([names(), names('LIVE')]).toEqual([BEFORE, []])
  })

  it('applies exactly the plan that was reviewed', async () => {
    await write(SYNC)
    expect(await clt('plan', '--out', 'plan.json')).toMatchObject({ code: 10 })
    expect(await readFile(join(folder, 'plan.json'), 'utf8')).not.toContain('Newark')
    await writeFile(join(folder, 'airports.csv'), `${CHANGED}XXX,later,,,,,\n`)
    const aged = await clt('apply', '--plan', 'plan.json', '--yes')
    expect(aged, aged.stderr).toMatchObject({ code: 11 })
    expect(aged.stderr).toContain('Make a new plan')
    await write(SYNC)
    emulator.tables.insert('airports', [{ iata: 'YYY' }])
    expect(await clt('apply', '--plan', 'plan.json', '--yes')).toMatchObject({ code: 11 })
    expect(writesSent()).toBe(0)
    expect(await clt('plan', '--out', 'plan.json')).toMatchObject({ code: 10 })
    expect(await clt('apply', '--plan', 'plan.json', '--yes')).toMatchObject({ code: 0 })
    expect(names()).toEqual(AFTER)
    await writeFile(join(folder, 'plan.json'), '{}')
    expect(await clt('apply', '--plan', 'plan.json', '--yes')).toMatchObject({ code: 2 })
    expect(await clt('apply', '--plan', 'no.json', '--yes')).toMatchObject({ code: 2 })
  })

  it('writes events with --json', async () => {
    await write(SYNC)
    const { code, stdout } = await clt('apply', '--yes', '--json')
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(code).toBe(0)
    const kinds = events.map(({ event }) => event).filter((event) => event !== 'progress')
    expect(kinds).toEqual(['plan', 'start', 'synced', 'end'])
    expect(reportOf(stdout)).toMatchObject({
      finished: true,
      ok: true,
      syncs: [{ name: 'airports', inserted: 1, updated: 1, deleted: 1 }],
    })
  })

  it('takes the connection of an overlay', async () => {
    const { CHATLAYER_BOT_ID: bot } = env
    const overlays = `overlays:\n  staging: { connection: { bot: ${bot} } }\n`
    await write(`connection: { bot: other }\n${SYNC}${overlays}`)
    expect(await clt('plan')).toMatchObject({ code: 3 })
    expect(await clt('plan', '--overlay', 'staging')).toMatchObject({ code: 10 })
    expect(await clt('plan', '--bot', String(bot))).toMatchObject({ code: 10 })
    expect(await clt('plan', '--overlay', 'stagin')).toMatchObject({ code: 2 })
  })

  it('reports rejected writes, and exits with 6', async () => {
    await write(SYNC)
    emulator.faults.add({ kind: 'status', status: 400, actions: ['INSERT'] })
    const { code, stderr } = await clt('apply', '--yes')
    expect(code, stderr).toBe(6)
    expect(stderr).toMatch(/error: airports: insert of iata "NEW": rejected/)
  })

  it('continues after a kill, with nothing lost or duplicated', { timeout: 120_000 }, async () => {
    const rows = Array.from({ length: 600 }, (_, n) => `N${n},name ${n},,,,,\n`).join('')
    await write(SYNC + PUBLISH, CSV + rows)
    emulator.faults.add({ kind: 'latency', ms: 10, when: 'after', actions: ['INSERT'] })
    const first = start(['apply', '--yes', '-q'], env, folder)
    await until(() => emulator.tables.count('airports') > 300)
    first.child.kill('SIGKILL')
    await first.result
    const second = start(['jobs', 'resume', '-q'], env, folder)
    await until(() => emulator.tables.count('airports', 'LIVE') > 300)
    second.child.kill('SIGINT')
    expect(await second.result).toMatchObject({ code: 130 })
    const third = await clt('jobs', 'resume')
    expect(third, third.stderr).toMatchObject({ code: 0 })
    expect(names('LIVE')).toEqual(names())
    expect(new Set(names()).size).toBe(604)
    const [, job = ''] = /undo with: clt changes undo --job (\w+)/.exec(third.stderr) ?? []
    expect(await clt('changes', 'undo', '--job', job, '--yes', '-q')).toMatchObject({ code: 0 })
    expect([names(), names('LIVE')]).toEqual([BEFORE, []])
  })
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5)
}

describe('clt run', () => {
  it('applies one sync, and is silent if there is nothing to do', async () => {
    await write(SYNC + PUBLISH)
    const first = await clt('run', 'airports')
    expect(first).toMatchObject({ code: 0, stdout: '' })
    expect(first.stderr).toContain('airports@draft: 1 inserted, 1 updated, 1 deleted')
    expect([names(), names('LIVE')]).toEqual([AFTER, []])
    expect(await clt('run', 'airports')).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await clt('run', 'publish', '-q')).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(names('LIVE')).toEqual(AFTER)
    expect(await clt('run', 'publsh')).toMatchObject({ code: 2 })
  })

  it('ends with 12 while another process writes to the table', async () => {
    await write(SYNC)
    const { teamId, botId } = emulator
    const [table] = emulator.tables.list()
    const target = {
      ...{ origin: new URL(emulator.url).origin, teamId, botId },
      ...{ tableId: table?.id ?? '', version: 'DRAFT' },
    }
    const state = join(folder, 'state', 'chatlayer-tables')
    const locks = new LockFolder(join(state, 'locks'))
    const lock = await takeTableLock(locks, target, { wait: false })
    try {
      const { code, stdout, stderr } = await clt('run', 'airports')
      expect({ code, stdout }, stderr).toEqual({ code: 12, stdout: '' })
      expect(stderr).toMatch(/another process.*nothing was written/)
      expect(await clt('apply', '--yes', '--no-wait')).toMatchObject({ code: 8 })
    } finally {
      await lock.release()
    }
    expect(await clt('run', 'airports')).toMatchObject({ code: 0 })
  })
})

describe('on_failure', () => {
  const FAILING = `${SYNC}    limits: { deletes: 0 }\n`

  it('runs a command with facts in its environment, which are never code', async () => {
    const script = `printf '%s\\n' "$CLT_FAILURE_EXIT_CODE" "$CLT_FAILURE_SYNCS" "$CLT_FAILURE_MESSAGE" > facts.txt; echo told`
    await write(`${FAILING}on_failure:\n  command: ${JSON.stringify(script)}\n`)
    const { code, stderr } = await clt('run', 'airports', '-q')
    expect(code).toBe(11)
    expect(stderr).toContain('on_failure: told')
    const facts = await readFile(join(folder, 'facts.txt'), 'utf8')
    expect(facts).toMatch(/^11\nairports\n.+\n$/)
    await write(`${FAILING}on_failure:\n  command: exit 3\n`)
    const failed = await clt('run', 'airports')
    expect(failed).toMatchObject({ code: 11 })
    expect(failed.stderr).toContain('on_failure: command: ended with 3')
  })

  it('posts to a webhook, again after a server error, and hides its address', async () => {
    const bodies: unknown[] = []
    let failures = 1
    const server = createServer((request, response) => {
      let text = ''
      request.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      request.on('end', () => {
        bodies.push(JSON.parse(text))
        response.writeHead(failures-- > 0 ? 503 : 204).end()
      })
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const hook = { HOOK: `http://127.0.0.1:${port}/secret-path` }
    await write(`${FAILING}on_failure: { webhook: "\${HOOK}" }\n`)
    try {
      const { code, stderr } = await cltWith(hook, 'run', 'airports')
      expect({ code, shown: stderr.includes('secret-path') }).toEqual({ code: 11, shown: false })
      expect(bodies).toHaveLength(2)
      expect(bodies[1]).toMatchObject({
        event: 'failure',
        command: 'run',
        file: 'chatlayer.yaml',
        overlay: null,
        syncs: ['airports'],
        exitCode: 11,
      })
    } finally {
      server.close()
    }
    await write(`${FAILING}on_failure: { webhook: "\${HOOK}" }\n`)
    const gone = await cltWith(hook, 'apply', '--yes')
    expect(gone).toMatchObject({ code: 11 })
    expect(gone.stderr).toMatch(/on_failure: webhook: the server could not be reached/)
    expect(gone.stderr).not.toContain('secret-path')
    const plain = await cltWith({ HOOK: 'http://example.com/secret-path' }, 'run', 'airports')
    expect(plain).toMatchObject({ code: 11 })
    expect(plain.stderr).toContain('must begin with https://')
    await write(`${SYNC}on_failure: { webhook: "\${HOOK}" }\n`)
    const well = await cltWith(hook, 'run', 'airports')
    expect(well).toMatchObject({ code: 0 })
    expect(well.stderr).not.toContain('on_failure')
  })

  it('is called when the gateway cannot be reached', async () => {
    await write(`${SYNC}on_failure: printf '%s' "$CLT_FAILURE_EXIT_CODE" > facts.txt\n`)
    const away = await cltWith({ CHATLAYER_BASE_URL: 'http://127.0.0.1:9' }, 'run', 'airports')
    expect(away).toMatchObject({ code: 5 })
    expect(await readFile(join(folder, 'facts.txt'), 'utf8')).toBe('5')
  })
})
