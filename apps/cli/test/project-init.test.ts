/** `clt init`, `clt schema`, and the JSON Schema of `chatlayer.yaml`. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Result, run } from './cli.ts'
import { useEmulator } from './fixture.ts'

const { emulator, env, folder } = await useEmulator()

// Names of files are relative to the folder that a command runs in.
const before = process.cwd()
beforeEach(() => process.chdir(folder))
afterAll(() => process.chdir(before))

function clt(...args: string[]): Promise<Result> {
  return run(args, env)
}

async function cltJson(...args: string[]) {
  const { code, stdout, stderr } = await clt(...args, '--json')
  expect(stdout, stderr).not.toBe('')
  return { code, ...JSON.parse(stdout) }
}

function write(name: string, text: string): Promise<void> {
  return writeFile(join(folder, name), text)
}

function read(name: string): Promise<string> {
  return readFile(join(folder, name), 'utf8')
}

describe('clt init', () => {
  it('writes a file that is valid, for files by name, by columns and in subfolders', async () => {
    await mkdir(join(folder, 'data/shop'), { recursive: true })
    await write(
      'data/AIRPORTS.csv',
      'IATA,name,City,extra\nJFK,Kennedy,New York,1\nEWR,N,Newark,2\n',
    )
    await write(
      'data/shop/clients.ndjson',
      '{"e-mail":"a@b.co","phone":"1"}\n{"e-mail":"c@d.e","phone":"2"}\n',
    )
    await write('package.json', '[{"email":"x","phone":"y"}]')
    await write('unrelated.csv', 'x,y\n1,2\n')
    const columns = ['email', 'phone'].map((name) => ({ name, type: 'text' }))
    emulator.tables.create({ name: 'leads @live', columns })

    const { code, stderr } = await clt('init')
    expect(code, stderr).toBe(0)
    const text = await read('chatlayer.yaml')
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./chatlayer.schema.json')
    expect(text).toContain('# Sources that fit no table: unrelated.csv')
    const { connection, syncs, schema } = parse(text)
    expect(connection).toEqual({
      base_url: emulator.url,
      team: emulator.teamId,
      bot: emulator.botId,
    })
    expect(syncs).toEqual({
      airports: {
        from: 'data/AIRPORTS.csv',
        to: 'airports@draft',
        key: 'iata',
        columns: { IATA: 'iata', City: 'city', extra: null },
        ignore: ['state', 'country', 'latitude', 'longitude'],
        limits: { deletes: 20 },
      },
      'leads-live': {
        from: 'data/shop/clients.ndjson',
        to: ':leads @live@draft',
        key: 'email',
        columns: { 'e-mail': 'email' },
        limits: { deletes: 20 },
      },
    })
    expect(Object.keys(schema)).toEqual(['airports', ':leads @live'])
    expect(validate(parse(text))).toEqual([])
    expect(JSON.parse(await read('chatlayer.schema.json'))).toHaveProperty('properties.syncs')
  })

  it('finds tables of SQLite databases', async () => {
    const database = new DatabaseSync(join(folder, 'shop.db'))
    database.exec('create table "air ports" (iata text, name text); create table none (a int)')
    database.exec(`insert into "air ports" values ('JFK', 'Kennedy'), ('EWR', 'Newark')`)
    database.close()
    await write('other.db', 'not a database')
    const { code, stdout, stderr } = await clt('init', '--stdout')
    expect(code, stderr).toBe(0)
    expect(parse(stdout).syncs.airports).toMatchObject({
      from: 'sqlite:shop.db#air%20ports',
      key: 'iata',
    })
  })

  it('keeps an existing file, unless --force is passed', async () => {
    await write('chatlayer.yaml', 'mine')
    const kept = await clt('init')
    expect(kept).toMatchObject({ code: 2, stdout: '' })
    expect(kept.stderr).toContain('--force')
    expect(await read('chatlayer.yaml')).toBe('mine')
    expect(await clt('init', '--stdout')).toMatchObject({ code: 0 })
    expect(await read('chatlayer.yaml')).toBe('mine')
    expect(await clt('init', '--force')).toMatchObject({ code: 0 })
    expect(parse(await read('chatlayer.yaml'))).toHaveProperty('connection')
  })

  it('writes examples without a connection, in an empty folder', async () => {
    const { code, stdout } = await run(['init', '--stdout'], { XDG_CONFIG_HOME: folder })
    expect(code).toBe(0)
    expect(parse(stdout)).toEqual({ syncs: {} })
    expect(stdout).toContain('from: data/stores.csv')
    // The examples are valid once their comment signs are removed.
    const shown = stdout
      .replaceAll(/^# ?(?= *(?:\w+:|[a-z]+:$))/gm, '')
      .replace('syncs: {}', 'syncs:')
    expect(validate(parse(shown))).toEqual([])
  })
})

describe('clt schema', () => {
  it('pulls columns, and names those that differ', async () => {
    expect(await clt('schema', 'pull', '-o', 'schema.yaml')).toMatchObject({ code: 0 })
    expect(parse(await read('schema.yaml')).airports).toMatchObject({
      iata: 'text',
      latitude: 'numeric',
    })
    expect(await clt('schema', 'check', 'schema.yaml')).toMatchObject({ code: 0, stdout: '' })
    await write('chatlayer.yaml', 'schema: schema.yaml\n')
    expect(await clt('schema', 'check')).toMatchObject({ code: 0, stdout: '' })

    const drifted = (await read('schema.yaml'))
      .replace('latitude: numeric', 'latitude: int')
      .replace('  city: text\n', '')
      .replace('iata: text', 'IATA: text')
    await write('schema.yaml', drifted)
    const { code, stdout } = await clt('schema', 'check', 'schema.yaml')
    expect(code).toBe(11)
    expect(stdout).toMatch(
      /^airports: column "IATA" \(text\) is missing; is it "iata" now\? \(schema.yaml:2\)$/m,
    )
    expect(stdout).toMatch(
      /^airports: column "latitude" is numeric, expected int \(schema.yaml:\d\)$/m,
    )
    expect(stdout).toMatch(/^airports: column "city" \(text\) is not expected$/m)
    const json = await cltJson('schema', 'check')
    expect(json).toMatchObject({
      code: 11,
      same: false,
      checked: 1,
      tables: [{ table: 'airports' }],
    })
  })

  it('reports files that are not valid, and files that expect nothing', async () => {
    await write('schema.yaml', 'airports:\n  iata: txt\n')
    const wrong = await clt('schema', 'check', 'schema.yaml')
    expect(wrong).toMatchObject({ code: 2 })
    expect(wrong.stderr).toContain('schema.yaml:2:')
    await write('chatlayer.yaml', 'syncs: {}\n')
    const empty = await clt('schema', 'check')
    expect(empty).toMatchObject({ code: 2 })
    expect(empty.stderr).toContain('clt schema pull')
    const missing = await clt('schema', 'check', 'no.yaml')
    expect(missing).toMatchObject({ code: 2 })
    expect(missing.stderr).toContain('no.yaml')
  })
})

const ajv = new Ajv2020({ strict: false, allErrors: true })
const published = JSON.parse(
  await readFile(
    fileURLToPath(new URL('../../../docs/reference/chatlayer.schema.json', import.meta.url)),
    'utf8',
  ),
)
const check = ajv.compile(published)

/** Places of what the published schema rejects. */
function validate(data: unknown): string[] {
  return check(data) ? [] : (check.errors ?? []).map(({ instancePath }) => instancePath)
}

describe('the JSON Schema', () => {
  const sync = { from: 'a.csv', to: 'stores@draft', key: 'code' }

  it('is that of clt schema json', async () => {
    const { code, stdout } = await clt('schema', 'json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual(published)
  })

  it.each([
    ['nothing', {}],
    [
      'the example of the documentation',
      {
        connection: { profile: 'prod' },
        syncs: {
          stores: {
            ...sync,
            columns: { 'Store code': 'code', internal: null },
            transform: { phone: "replace(phone, ' ', '')" },
            delete: true,
            limits: { deletes: 20, changes: '10%' },
          },
        },
        schema: { stores: { code: 'text', hours: 'jsonb' } },
        checks: { stores: ['count(*) > 100'] },
        on_failure: { webhook: 'x' },
      },
    ],
    ['a schema in a file', { schema: 'schema.yaml', on_failure: 'mail me' }],
    ['an API', { syncs: { a: { ...sync, from: { url: 'https://x', rows: '/items' } } } }],
    ['overlays', { overlays: { staging: { connection: { bot: 'B' } } } }],
  ])('accepts %s', (_, data) => {
    expect(validate(data)).toEqual([])
  })

  it.each([
    ['an unknown key', { sync: {} }, ''],
    ['a sync without a target', { syncs: { a: { from: 'a.csv' } } }, '/syncs/a'],
    ['an unknown setting', { syncs: { a: { ...sync, keys: 'x' } } }, '/syncs/a'],
    ['an unknown type', { schema: { a: { b: 'txt' } } }, '/schema/a/b'],
    ['an unknown region', { connection: { region: 'mars' } }, '/connection/region'],
    [
      'a limit that is not one',
      { syncs: { a: { ...sync, limits: { deletes: 'few' } } } },
      '/syncs/a/limits/deletes',
    ],
    [
      'a negative limit',
      { syncs: { a: { ...sync, limits: { deletes: -1 } } } },
      '/syncs/a/limits/deletes',
    ],
  ])('rejects %s', (_, data, place) => {
    expect(validate(data)).toContain(place)
  })
})
