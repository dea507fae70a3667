/** Commands that read an HTTP API which fails, or is not what it seems. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type HttpApi, startHttpApi } from '@chatlayer-tables/sources/test-http-api'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Env, reportOf, run, start } from './cli.ts'
import { useEmulator } from './fixture.ts'

const COLUMNS = [
  { name: 'iata', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'latitude', type: 'numeric' },
] as const
const {
  emulator,
  env: connection,
  folder,
} = await useEmulator({ tables: [{ name: 'airports', columns: COLUMNS, records: [] }] })

const SECRET = 'sk_live_TokenOfTheShop'
const env: Env = { ...connection, SHOP_TOKEN: SECRET }
const AUTHORIZED = ['--header', 'Authorization: Bearer $SHOP_TOKEN']
const ROWS = Array.from(
  { length: 250 },
  (_, n) => `{"iata":"N${n}","name":"name ${n}","latitude":${n}.50}`,
)

let api: HttpApi
beforeAll(async () => {
  api = await startHttpApi()
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
})
beforeEach(() => {
  Object.assign(api, {
    rows: ROWS,
    style: 'github',
    size: 50,
    faults: [],
    authorization: undefined,
  })
  api.requests.length = 0
})

function names(): unknown[] {
  return emulator.tables.records('airports').map(({ values }) => values.name)
}

/** The text of all files below a folder. */
function textBelow(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, 'latin1')
  return readdirSync(path)
    .map((name) => textBelow(join(path, name)))
    .join('\n')
}

describe('clt sync', () => {
  const sync = (...args: string[]) => [
    'sync',
    api.url,
    'airports',
    '--key',
    'iata',
    '--yes',
    ...args,
  ]

  it('reads all pages under faults', async () => {
    api.faults = [
      undefined,
      { kind: 'status', status: 503 },
      { kind: 'reset-body', part: 0.5 },
      { kind: 'short', part: 0.9 },
    ]
    const { code, stderr } = await run(sync(), env)
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('page 2: the API responded with 503')
    expect(new Set(names()).size).toBe(250)
    const again = await run(sync('--json'), env)
    expect(again.code).toBe(0)
    expect(names()).toHaveLength(250)
  })

  it('keeps a token out of everything', async () => {
    api.authorization = `Bearer ${SECRET}`
    const refused = await run(sync(), env)
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain('--header')
    const typed = await run(sync('--header', `Authorization: Bearer ${SECRET}`), env)
    expect(typed.code).toBe(2)
    const { code, stdout, stderr } = await run(sync(...AUTHORIZED, '--verbose'), env)
    expect(code, stderr).toBe(0)
    const jobs = await run(['jobs', 'list', '--json'], env)
    expect(jobs.stdout).toContain(api.url)
    const shown = [refused, typed, jobs].map((each) => each.stdout + each.stderr)
    expect([stdout, stderr, ...shown, textBelow(folder)].join('\n')).not.toContain(SECRET)
  })

  it('writes nothing where rows may be missing', async () => {
    Object.assign(api, { style: 'notion' })
    const { code, stderr } = await run(sync('--delete'), env)
    expect(code).toBe(2)
    expect(stderr).toContain('Pass --paging cursor,at=/next_cursor,parameter=NAME')
    const paging = 'cursor,at=/next_cursor,parameter=start_cursor,more=/has_more'
    const read = await run(sync('--rows-at', '/results', '--paging', paging), env)
    expect(read.code, read.stderr).toBe(0)
    expect(names()).toHaveLength(250)
  })

  it('is carried out with --if-changed where an earlier one was cut short', async () => {
    Object.assign(api, { style: 'whole', hasTags: true })
    const command = sync('--if-changed', '--paging', 'none', '--delete')
    expect((await run(command, env)).code).toBe(0)
    expect((await run(command, env)).stderr).toContain('nothing was compared or written')
    api.rows = ROWS.slice(1)
    emulator.faults.add({ kind: 'status', status: 403, actions: ['DELETE'] })
    expect((await run(command, env)).code).not.toBe(0)
    emulator.faults.clear()
    // The API has its earlier rows again.
    api.rows = ROWS
    expect((await run(command, env)).stderr).not.toContain('nothing was compared or written')
  })

  it('continues after SIGKILL without the API', { timeout: 60_000 }, async () => {
    emulator.faults.add({ kind: 'latency', ms: 20, when: 'after', actions: ['INSERT'] })
    const { child, result } = start(sync('-q'), env)
    while (emulator.tables.count('airports', 'DRAFT') < 60) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    child.kill('SIGKILL')
    await result
    const asked = api.requests.length
    api.faults = Array(99).fill({ kind: 'status', status: 500 })
    const [job] = JSON.parse((await run(['jobs', 'list', '--json'], env)).stdout)
    const { code, stderr } = await run(['jobs', 'resume', job.id], env)
    expect(code, stderr).toBe(0)
    expect(new Set(names()).size).toBe(250)
    expect(names()).toHaveLength(250)
    expect(api.requests).toHaveLength(asked)
  })
})

describe('clt import', () => {
  it('reads CSV in the encoding that the API sends', async () => {
    const body = Buffer.from('iata;name\nCDG;Aéroport de Paris\n', 'latin1')
    api.routes.set('/airports.csv', () => ({ body, headers: { 'content-type': 'text/csv' } }))
    const args = ['import', 'airports', `${api.origin}/airports.csv`, '--json']
    const { code, stdout, stderr } = await run(args, env)
    expect(code, stderr).toBe(0)
    expect(reportOf(stdout)).toMatchObject({ read: 1, inserted: 1 })
    expect(names()).toEqual(['Aéroport de Paris'])
  })
})
