/** `--html` and `--open` of the commands that have a page: the data in the page, and where it goes. */
import { execFileSync, spawnSync } from 'node:child_process'
import { statfsSync, writeFileSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Result, run, SOME_AIRPORTS } from './cli.ts'
import { useEmulator } from './fixture.ts'
import { dataIn, dataOf } from './page-data.ts'

const { emulator, env, folder } = await useEmulator()
const page = join(folder, 'page.html')
const HOSTILE = '</script><img src=x onerror=alert(1)>\u202e\u0000 {{x}}'

const before = process.cwd()
beforeEach(() => process.chdir(folder))
afterAll(() => process.chdir(before))

const clt = (...args: string[]): Promise<Result> => run(args, env)

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

describe('clt diff --html', () => {
  it('writes every difference with exact values, and only counts to the terminal', async () => {
    emulator.tables.insert(
      'airports',
      [
        { ...SOME_AIRPORTS[1], name: HOSTILE },
        { iata: 'NEW', latitude: '12345678901234567890.10' },
      ],
      'LIVE',
    )
    const args = ['airports', 'airports@live', '--key', 'iata', '--html', page]
    const { code, stdout, stderr } = await clt('diff', ...args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('1 added, 3 removed, 1 changed, 0 unchanged')
    expect(stderr).toContain(`wrote ${page} (`)
    const { changes, changeRows } = await dataOf(page)
    const [set] = changes?.sets ?? []
    expect(set).toMatchObject({
      ...{ table: 'airports', version: 'LIVE', rows: 5 },
      sides: ['airports@draft', 'airports@live'],
      counts: { inserted: 1, updated: 1, deleted: 3, unchanged: 0, rejected: 0 },
    })
    const column = (name: string) => set?.columns.findIndex((each) => each.name === name) ?? -1
    const rows = changeRows?.[0]?.rows ?? []
    const changed = rows.find(({ kind }) => kind === 'updated')
    expect(changed?.changed).toEqual([column('name')])
    expect(changed?.before?.[column('name')]).toBe('John F Kennedy Intl')
    expect(changed?.after?.[column('name')]).toBe(HOSTILE)
    const added = rows.find(({ kind }) => kind === 'inserted')
    expect(added?.after?.[column('latitude')]).toBe('12345678901234567890.10')
    expect(rows.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4])
    const html = await readFile(page, 'utf8')
    expect(html).not.toContain('<img src=x')
    expect((await stat(page)).mode & 0o777).toBe(0o666 & ~process.umask())
  })

  it('names the sides and lines of two files, and keeps the output of --json', async () => {
    const [a, b] = [await file('a.csv', 'k,v\n1,x\n2,y\n'), await file('b.csv', 'k,v\n1,x\n3,z\n')]
    const { code, stdout } = await clt('diff', a, b, '--key', 'k', '--html', page, '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout).changes).toHaveLength(2)
    const { changes, changeRows } = await dataOf(page)
    expect(changes?.title).toContain('a.csv')
    expect(changes?.sets[0]?.sides).toEqual([expect.stringContaining('a.csv'), expect.any(String)])
    expect(changeRows?.[0]?.rows).toEqual([
      { index: 0, kind: 'deleted', id: 'line 3', before: ['2', 'y'] },
      { index: 1, kind: 'inserted', id: 'line 3', after: ['3', 'z'] },
    ])
  })
})

describe('clt plan --html', () => {
  const YAML = `syncs:
  airports:
    from: airports.csv
    to: airports@draft
    key: iata
    delete: true
    limits: { deletes: 1 }
checks:
  airports@draft:
    - count(*) > 100
`
  it('has all changes of a sync, its limits, and what blocks the plan', async () => {
    await file('chatlayer.yaml', YAML)
    await file(
      'airports.csv',
      'iata,name,city,state,country,latitude,longitude\nJFK,Other,New York,NY,,40.63,\nNEW,N,,,,1,\n',
    )
    const { code, stdout } = await clt('plan', '--html', page, '--examples', '1')
    expect({ code, stdout }).toEqual({ code: 11, stdout: 'Nothing will be written: 2 problems\n' })
    const { changes, changeRows } = await dataOf(page)
    expect(changes?.remarks.join('\n')).toMatch(/Blocked: airports: .*limit.*--allow/s)
    expect(changes?.facts).toContainEqual([
      'check failed',
      'airports@draft: count(*) > 100 (count(*) is 2)',
    ])
    const [set] = changes?.sets ?? []
    expect(set?.counts).toMatchObject({ inserted: 1, updated: 1, deleted: 3 })
    expect(set?.facts).toContainEqual(['exceeded limit', 'limit of deletes: 3, allowed 1'])
    const rows = changeRows?.[0]?.rows ?? []
    expect(rows).toHaveLength(5)
    const updated = rows.find(({ kind }) => kind === 'updated')
    const jfk = emulator.tables.records('airports').find(({ values }) => values.iata === 'JFK')
    expect(updated?.id).toBe(jfk?.id)
    const name = set?.columns.findIndex((each) => each.name === 'name') ?? -1
    expect([updated?.before?.[name], updated?.after?.[name]]).toEqual([
      'John F Kennedy Intl',
      'Other',
    ])
    expect(set?.columns[name]?.type).toBe('text')
  })
})

describe('clt import --check --html', () => {
  it('has problems by row and cell, and the rows that would be inserted', async () => {
    const csv = await file('in.csv', 'iata,latitude\nA,1.50\nB,north\nC,2\n')
    const { code, stdout, stderr } = await clt('import', 'airports', csv, '--check', '--html', page)
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' })
    expect(stderr).toContain('3 rows read, 1 problem')
    const { changes, changeRows } = await dataOf(page)
    const [set] = changes?.sets ?? []
    expect(set?.problems).toEqual([
      {
        ...{ place: 'line 3', column: 'latitude', value: 'north' },
        reason: expect.any(String),
        fix: expect.any(String),
      },
    ])
    expect(set?.counts).toMatchObject({ inserted: 2, rejected: 1 })
    expect(changeRows?.[0]?.rows.map(({ after }) => [after?.[0], after?.[5]])).toEqual([
      ['A', '1.50'],
      ['C', '2'],
    ])
    expect(emulator.tables.count('airports')).toBe(SOME_AIRPORTS.length)
  })

  it('needs --check', async () => {
    const csv = await file('in.csv', 'iata\nA\n')
    const { code, stderr } = await clt('import', 'airports', csv, '--html', page)
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--check') })
    expect(emulator.tables.count('airports')).toBe(SOME_AIRPORTS.length)
  })
})

it('clt profile --html has statistics, and the changes of this machine by day', async () => {
  expect((await clt('records', 'insert', 'airports', '--set', 'iata=ZZZ', '--yes')).code).toBe(0)
  const { code, stdout } = await clt('profile', 'airports', '--html', page)
  expect({ code, stdout }).toEqual({ code: 0, stdout: '"airports" (DRAFT): 5 records\n' })
  const { profile } = await dataOf(page)
  expect(profile).toMatchObject({ table: 'airports', version: 'DRAFT', records: 5 })
  expect(profile?.activity).toEqual([{ day: expect.any(String), changes: 1 }])
  const latitude = profile?.columns.find(({ name }) => name === 'latitude')
  expect(latitude).toMatchObject({ filled: 4, empty: 1, distinct: 4, isDistinctEstimated: false })
  expect(latitude?.histogram).toHaveLength(20)
  expect(latitude?.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(4)
  expect(latitude?.histogram[0]?.label).toMatch(/^31\.9538 to /)
  const state = profile?.columns.find(({ name }) => name === 'state')
  expect(state?.top.map(({ value }) => value).toSorted()).toEqual(['MS', 'NJ', 'NY', 'VT'])
})

it('clt changes show --html has all records of the change set', async () => {
  const rows = Array.from({ length: 1_201 }, (_, index) => `X${index},${index}.10`)
  const csv = await file('in.csv', ['iata,latitude', ...rows, ''].join('\n'))
  expect((await clt('import', 'airports', csv)).code).toBe(0)
  const [{ id }] = JSON.parse((await clt('changes', 'list', '--json')).stdout)
  const { code, stdout } = await clt('changes', 'show', id, '--html', page)
  expect(code).toBe(0)
  expect(stdout).toContain(`change set  ${id}\n`)
  expect(stdout).not.toContain('X1200')
  const { changes, changeRows } = await dataOf(page)
  expect(changes?.facts).toContainEqual(['change set', id])
  const found = changeRows?.[0]?.rows ?? []
  expect(changes?.sets[0]).toMatchObject({ rows: 1_201, counts: { inserted: 1_201 } })
  expect(found.map(({ after }) => `${after?.[0]},${after?.[5]}`).toSorted()).toEqual(
    rows.toSorted(),
  )
})

describe('where a page goes', () => {
  it('writes to stdout nothing but the page', async () => {
    const { code, stdout } = await clt('profile', 'airports', '--html', '-')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^<!doctype html>/i)
    expect(dataIn(stdout).profile?.records).toBe(4)
    const both = await clt('profile', 'airports', '--html', '-', '--json')
    expect(both).toMatchObject({ code: 2, stdout: '' })
    expect(await clt('profile', 'airports', '--html', '-', '--open')).toMatchObject({ code: 2 })
  })

  it('reports a path that cannot be written before it reads anything', async () => {
    const sent = emulator.requests.log.length
    const found = await clt('profile', 'airports', '--html', join(folder, 'none', 'page.html'))
    expect(found).toMatchObject({ code: 2, stdout: '' })
    expect(found.stderr).toContain('there is no such folder')
    expect(await clt('profile', 'airports', '--html', folder)).toMatchObject({ code: 2 })
    expect(emulator.requests.log.length).toBe(sent)
  })

  it('keeps an existing page if the command fails', async () => {
    await file('page.html', 'old')
    expect((await clt('profile', 'none', '--html', page)).code).toBe(3)
    expect(await readFile(page, 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['page.html'])
    expect((await clt('profile', 'airports', '--html', page)).code).toBe(0)
    expect((await dataOf(page)).profile?.records).toBe(4)
  })

  it('opens a file that only this user can read', async () => {
    const script = await file('browser', `#!/bin/sh\necho "$1" > ${join(folder, 'opened')}\n`)
    await chmod(script, 0o755)
    const temporary = join(folder, 'tmp')
    await mkdir(temporary)
    const { code, stderr } = await run(['profile', 'airports', '--open'], {
      ...{ ...env, BROWSER: script, HOME: folder, TMPDIR: temporary },
    })
    expect(code, stderr).toBe(0)
    await expect
      .poll(() => readFile(join(folder, 'opened'), 'utf8').catch(() => ''))
      .toContain('page.html')
    const [name = ''] = await readdir(temporary)
    expect((await stat(join(temporary, name))).mode & 0o777).toBe(0o700)
    expect((await dataOf(join(temporary, name, 'page.html'))).profile?.records).toBe(4)
  })

  it('has no token, wherever it may come from', async () => {
    const token = env.CHATLAYER_TOKEN ?? ''
    emulator.tables.insert('airports', [{ iata: 'TOK', name: `x ${token} y` }], 'LIVE')
    const args = ['airports', 'airports@live', '--key', 'iata', '--html', page]
    const { code, stderr } = await clt('diff', ...args)
    expect(code).toBe(1)
    expect(stderr).toContain('1 text in the page contained a secret')
    const html = await readFile(page, 'utf8')
    expect(html).not.toContain(token)
    expect(html).not.toContain(token.split(':')[1])
    expect(html).toContain('x [token] y')
  })

  const mounted: string[] = []
  afterEach(() => {
    for (const path of mounted.splice(0)) execFileSync('umount', ['-l', path])
  })

  it('leaves no part of a page on a full disk', async () => {
    const disk = join(folder, 'disk')
    await mkdir(disk)
    const mount = ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', disk]
    if (spawnSync('mount', mount).status !== 0) {
      console.warn('SKIPPED: this user may not mount a tmpfs; a full disk is not tested')
      return
    }
    mounted.push(disk)
    const { bavail, bsize } = statfsSync(disk)
    writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize))
    const { code, stderr } = await clt('profile', 'airports', '--html', join(disk, 'page.html'))
    expect(code, stderr).toBe(8)
    expect(stderr).toContain(`error: no space left in ${disk}\n`)
    expect(await readdir(disk)).toEqual(['filler'])
  })
})
