/** Commands that read an HTTP API in place of a file. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type HttpApi, startHttpApi } from '@chatlayer-tables/sources/test-http-api'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { reportOf, run } from './cli.ts'
import { useEmulator } from './fixture.ts'

const { emulator, env, folder } = await useEmulator({
  tables: [
    {
      name: 'products',
      columns: [
        { name: 'sku', type: 'text' },
        { name: 'price', type: 'numeric' },
      ],
    },
  ],
})

const ROWS = [1, 2, 3, 4, 5, 6, 7].map((n) => ({ sku: `P${n}`, price: n + 0.5 }))
const SYNC = ['--key', 'sku', '--delete', '--yes', '--json']

const api: HttpApi = await startHttpApi()
afterAll(() => api[Symbol.asyncDispose]())

beforeEach(() => {
  api.rows = ROWS.map((row) => JSON.stringify(row))
  api.style = 'github'
  api.faults = []
  api.hasTags = false
  api.authorization = undefined
  api.routes.clear()
  api.requests.length = 0
})

function skus(): unknown[] {
  return emulator.tables
    .records('products')
    .map(({ values }) => values.sku)
    .toSorted()
}

/** All files below a folder, as texts. */
function contents(path: string): string {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

describe('an HTTP API', () => {
  it('is synced, imported, compared and queried, over all pages', async () => {
    const synced = await run(['sync', api.url, 'products', ...SYNC], env)
    expect(synced.code, synced.stderr).toBe(0)
    expect(reportOf(synced.stdout)).toMatchObject({
      inserted: 7,
      source: api.url,
      readBack: { equal: true },
    })
    expect(skus()).toEqual(ROWS.map(({ sku }) => sku))
    const same = await run(['diff', api.url, 'products', '--key', 'sku'], env)
    expect(same.code, same.stderr).toBe(0)
    expect(same.stderr).toContain(`a: ${api.url}`)
    const inferred = await run(['infer', api.url, '--json'], env)
    expect(JSON.parse(inferred.stdout)).toMatchObject({ rows: 7 })
    const counted = await run(
      ['sql', 'SELECT sum(price) FROM there', '--attach', `there=${api.url}`, '--csv'],
      env,
    )
    expect(counted, counted.stderr).toMatchObject({ code: 0, stdout: 'sum(price)\n31.5\n' })
    const imported = await run(
      ['import', 'products', api.url, '--mode', 'skip-existing', '--key', 'sku'],
      env,
    )
    expect(imported.code, imported.stderr).toBe(0)
    expect(skus()).toHaveLength(7)
  })

  it('is read from a pointer, and as CSV', async () => {
    const rows = ROWS.slice(0, 2)
    api.routes.set('/deep', () => ({
      body: JSON.stringify({ a: [{ x: 1 }], data: { items: rows } }),
      headers: { 'content-type': 'application/json' },
    }))
    api.routes.set('/list.csv', () => ({
      body: 'sku;price\nP8;"8,5"\n',
      headers: { 'content-type': 'text/csv' },
    }))
    const deep = ['sync', `${api.origin}/deep`, 'products', ...SYNC, '--rows-at', '/data/items']
    const synced = await run([...deep, '--paging', 'none'], env)
    expect(synced.code, synced.stderr).toBe(0)
    expect(skus()).toEqual(['P1', 'P2'])
    const csv = await run(['import', 'products', `${api.origin}/list.csv`, '--decimal', ','], env)
    expect(csv.code, csv.stderr).toBe(0)
    expect(skus()).toEqual(['P1', 'P2', 'P8'])
  })

  it('gets its token from the environment or a saved connection, which is left nowhere', async () => {
    api.authorization = 'Bearer very-secret-token'
    const config = { ...env, XDG_CONFIG_HOME: join(folder, 'config') }
    const refused = await run(['sync', api.url, 'products', ...SYNC], env)
    expect(refused.code, refused.stderr).toBe(4)
    const withToken = { ...env, SHOP_TOKEN: 'very-secret-token' }
    const synced = await run(
      [
        'sync',
        api.url,
        'products',
        ...SYNC,
        '--header',
        'Authorization: Bearer $SHOP_TOKEN',
        '--verbose',
      ],
      withToken,
    )
    expect(synced.code, synced.stderr).toBe(0)

    const add = ['connections', 'add', 'shop', api.origin, '--with-secret']
    const wrong = await run([...add.with(3, api.url)], config, 'wrong')
    expect([wrong.code, wrong.stderr]).toEqual([4, expect.not.stringContaining('wrong')])
    api.routes.set('/', () => ({ body: '[]', headers: { 'content-type': 'application/json' } }))
    const added = await run(add, config, 'very-secret-token\n')
    expect(added.code, added.stderr).toBe(0)
    const saved = await run(
      ['sync', 'connection:shop/products', 'products', ...SYNC, '--verbose'],
      config,
    )
    expect(saved.code, saved.stderr).toBe(0)
    expect(reportOf(saved.stdout)).toMatchObject({ source: api.url, plan: { same: 7 } })
    const listed = await run(['connections', 'list', '--json'], config)
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { name: 'shop', kind: 'http', address: api.origin },
    ])
    const results = [refused, synced, wrong, added, saved, listed]
    const all = [
      ...results.flatMap(({ stdout, stderr }) => [stdout, stderr]),
      contents(join(folder, 'state')),
    ]
    expect(all.join('\n')).not.toContain('very-secret-token')
    const removed = await run(['connections', 'rm', 'shop'], config)
    expect(removed.code).toBe(0)
    expect(contents(join(folder, 'config'))).toBe('')
  })

  it('in another header, if the connection names one', async () => {
    const config = { ...env, XDG_CONFIG_HOME: join(folder, 'config') }
    await run(
      ['connections', 'add', 'shop', api.url, '--with-secret', '--header', 'X-Api-Key'],
      config,
      '$a$$b',
    )
    api.requests.length = 0
    const tested = await run(['connections', 'test', 'shop'], config)
    expect(tested.code, tested.stderr).toBe(0)
    expect(api.requests[0]?.headers).toMatchObject({ 'x-api-key': '$a$$b' })
    expect(api.requests[0]?.headers.authorization).toBeUndefined()
  })

  it('that breaks is read again, and one that stays broken changes nothing', async () => {
    api.faults = [undefined, { kind: 'reset-body', part: 10 }, { kind: 'status', status: 503 }]
    const args = ['sync', api.url, 'products', ...SYNC]
    const synced = await run(args, env)
    expect(synced.code, synced.stderr).toBe(0)
    expect(skus()).toHaveLength(7)
    api.rows = []
    const empty = await run(args, env)
    expect([empty.code, skus().length]).toEqual([2, 7])
    api.faults = [{ kind: 'status', status: 400 }]
    const failed = await run(args, env)
    expect([failed.code, skus().length]).toEqual([5, 7])
  })
})

describe('--if-changed', () => {
  const once = ['--paging', 'none', '--if-changed']

  it('does nothing while the API reports that nothing has changed since the last complete run', async () => {
    api.hasTags = true
    api.size = 10
    const args = ['sync', api.url, 'products', ...SYNC, ...once]
    const first = await run(args, env)
    expect(first.code, first.stderr).toBe(0)
    const requests = emulator.requests.counts.total
    const second = await run(args, env)
    expect(second.code, second.stderr).toBe(0)
    expect(JSON.parse(second.stdout)).toMatchObject({ event: 'unchanged', source: api.url })
    expect(second.stderr).toContain('nothing was compared or written')
    expect(emulator.requests.counts.total - requests).toBeLessThan(3)

    // Other settings are another command, and a change is read.
    const other = await run([...args, '--columns', 'sku,price'], env)
    expect(reportOf(other.stdout)).toMatchObject({ plan: { same: 7 } })
    api.rows = api.rows.slice(1)
    expect(reportOf((await run(args, env)).stdout)).toMatchObject({ deleted: 1 })
    const jobs = JSON.parse((await run(['jobs', 'list', '--json'], env)).stdout) as unknown[]
    expect(jobs).toHaveLength(2)
  })

  it('does all again after a run that was not complete', async () => {
    api.hasTags = true
    api.size = 10
    api.rows = ['{"sku":"A","price":1}', '{"sku":"B","price":"none"}']
    const args = [
      'import',
      'products',
      api.url,
      '--mode',
      'upsert',
      '--key',
      'sku',
      ...once,
      '--out-dir',
      folder,
    ]
    expect((await run(args, env)).code).toBe(6)
    expect((await run(args, env)).code).toBe(6)
  })

  it('does all again when the API goes back to what it was before an incomplete run', async () => {
    api.hasTags = true
    api.size = 10
    const upsert = ['import', 'products', api.url, '--mode', 'upsert', '--key', 'sku', ...once]
    const args = [...upsert, '--out-dir', folder, '--json']
    api.rows = ['{"sku":"A","price":1}']
    expect((await run(args, env)).code).toBe(0)
    api.rows = ['{"sku":"A","price":2}', '{"sku":"B","price":"none"}']
    expect((await run(args, env)).code).toBe(6)
    api.rows = ['{"sku":"A","price":1}']
    expect(reportOf((await run(args, env)).stdout)).toMatchObject({ updated: 1 })
  })

  it('is an error where nothing can report that', async () => {
    const paged = await run(['sync', api.url, 'products', ...SYNC, '--if-changed'], env)
    expect([paged.code, paged.stderr]).toEqual([2, expect.stringContaining('--paging none')])
    const table = await run(['sync', 'products@live', 'products', ...SYNC, '--if-changed'], env)
    expect([table.code, table.stderr]).toEqual([2, expect.stringContaining('needs the address')])
  })
})

it('completion offers saved connections', async () => {
  const config = { ...env, XDG_CONFIG_HOME: join(folder, 'config') }
  await run(['connections', 'add', 'shop', api.url, '--no-secret'], config)
  for (const words of [
    ['import', 'products', 'conn'],
    ['diff', 'connection:'],
    ['connections', 'rm', 's'],
  ]) {
    const { stdout } = await run(['__complete', '--', ...words], config)
    expect(stdout, words.join(' ')).toMatch(/^(connection:)?shop\t/m)
  }
})
