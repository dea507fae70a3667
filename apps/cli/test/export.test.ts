/** `clt export`: output, formats, and files left after an interruption. */
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@chatlayer-tables/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { BIN, connectionTo, type Result, run, start, startAirports, startProcess } from './cli.ts'
import { useEmulator } from './fixture.ts'

/** Created for each test. */
let place: string

const { emulator, env, folder } = await useEmulator()

beforeEach(async ({ task }) => {
  place = join(folder, task.id)
  await mkdir(place)
})

describe('clt export', () => {
  it('writes the chosen records in the format of the file name, and reports it', async () => {
    const file = join(place, 'ny.ndjson')
    const args = ['--where', 'latitude > 40', '--select', 'iata,latitude', '--sort', 'iata:desc']
    const { code, stdout, stderr } = await run(
      ['export', 'airports', '-o', file, ...args, '--limit', '2', '--json'],
      env,
    )
    expect(code, stderr).toBe(0)
    expect(await readFile(file, 'utf8')).toBe(
      '{"iata":"JFK","latitude":"40.63"}\n{"iata":"EWR","latitude":"40.6925"}\n',
    )
    expect(JSON.parse(stdout)).toMatchObject({
      table: 'airports',
      version: 'DRAFT',
      file,
      format: 'ndjson',
      records: 2,
      columns: ['iata', 'latitude'],
      guarded: 0,
    })
    expect(stderr).toContain('exported 2 records of "airports" (DRAFT) to ')
  })

  it.each([
    ['name icontains INT', 'city:desc', ['EWR', 'JFK']],
    ['name ICONTAINS N', 'city:desc', ['EWR', 'JFK', '00M', 'BTV']],
    ['name icontains n', 'city:nulls-first', ['BTV', '00M', 'JFK', 'EWR']],
  ])('writes %s, sorted by %s', async (where, sort, expected) => {
    const chosen = ['--where', where, '--sort', sort, '--select', 'iata']
    const { stdout } = await run(['export', 'airports', ...chosen], env)
    expect(stdout.trim().split(/\r?\n/).slice(1)).toEqual(expected)
  })

  it('writes CSV to stdout, JSON with --json, and other formats with --format', async () => {
    const args = ['export', 'airports', '--select', 'iata', '--sort', 'iata', '--limit', '1']
    expect((await run(args, env)).stdout).toBe('iata\n00M\n')
    expect(JSON.parse((await run([...args, '--json'], env)).stdout)).toEqual([{ iata: '00M' }])
    const tsv = await run([...args, '--json', '--format', 'tsv', '-o', '-'], env)
    expect(tsv.stdout).toBe('iata\n00M\n')
  })

  it('writes a spreadsheet to a pipe unchanged', async () => {
    const copy = join(place, 'copy.xlsx')
    const line = `"${process.execPath}" "${BIN}" export airports --format xlsx --sort iata > "${copy}"`
    expect(await startProcess('sh', ['-c', line], env, place).result).toMatchObject({ code: 0 })
    const file = join(place, 'file.xlsx')
    await run(['export', 'airports', '-o', file, '--sort', 'iata'], env)
    expect((await readFile(copy)).equals(await readFile(file))).toBe(true)
  })

  it('warns that guarding formulas changes values', async () => {
    await using other = await startAirports()
    other.tables.insert('airports', [{ iata: '=1+1' }, { iata: '-5' }, { iata: 'JFK' }])
    const guard = (...args: string[]) =>
      run(['export', 'airports', '--safe-formulas', ...args], connectionTo(other))
    const csv = await guard('--select', 'iata', '--sort', 'iata')
    expect(csv.stdout).toBe("iata\n'-5\n'=1+1\nJFK\n")
    expect(csv.stderr).toContain('warning: 2 values changed: an apostrophe before each formula')
    expect((await guard('--format', 'json', '--quiet')).stderr).toBe('')
  })

  it('writes CSV that a double click opens in the locale, and reads it back', async () => {
    await using other = await startAirports()
    const records = [
      { iata: 'Zoë;=1', latitude: '-51.05' },
      { iata: '007', latitude: '1.5' },
    ]
    other.tables.insert('airports', records)
    const own = connectionTo(other)
    const file = join(place, 'a.csv')
    const select = ['--select', 'iata,latitude', '--sort', 'iata']
    const belgian = await run(['export', 'airports', '-o', file, '--excel', ...select], {
      ...own,
      LC_ALL: 'nl_BE.UTF-8',
    })
    expect(belgian.code, belgian.stderr).toBe(0)
    expect(await readFile(file, 'utf8')).toBe('\ufeffiata;latitude\n007;"1,5"\n"Zoë;=1";"-51,05"\n')
    expect(belgian.stderr).toContain('to import this file, pass --decimal ,')
    const back = await run(['import', 'airports', file, '--decimal', ','], own)
    expect(back.code, back.stderr).toBe(0)
    const values = other.tables.records('airports').map(({ values }) => values)
    expect(values.slice(2).map(({ iata, latitude }) => [iata, latitude])).toEqual([
      ['007', '1.5'],
      ['Zoë;=1', '-51.05'],
    ])

    const american = await run(
      ['export', 'airports', '--excel', ...select, '--where', 'iata startswith Zo', '--limit', '1'],
      { ...own, LC_ALL: 'en_US.UTF-8' },
    )
    expect(american.stdout).toBe('\ufeffiata,latitude\n"Zoë;\'=1",-51.05\n')
    const plain = await run(['export', 'airports', '--bom', '--delimiter', '\\t', ...select], own)
    expect(plain.stdout).toContain('\ufeffiata\tlatitude\n007\t1.5\n')
  })

  it.each([
    [['-o', 'a.xlsx', '--bom'], 'XLSX has no byte order mark'],
    [['--format', 'ndjson', '--delimiter', ';'], 'NDJSON has no delimiter'],
    [['--delimiter', ';;'], 'one character'],
    [['-o', 'a.doc'], 'cannot detect a format'],
    [['-o', 'a.tsv', '--format', 'csv'], 'a.tsv is the name of a TSV file'],
    [['-o', 'a.xlsx.gz'], 'packed already'],
    [['-o', '.', '--format', 'csv'], 'it is a folder'],
    [['-o', 'none/a.csv'], 'there is no such folder'],
    [['--select', 'iatta'], 'has no column "iatta"'],
    [['--where', 'iatta = 1'], 'iatta'],
    [['--format', 'pdf'], 'pdf'],
  ])('refuses %j with 2 and writes nothing', async (args, message) => {
    const { code, stderr, stdout } = await start(['export', 'airports', ...args], env, place).result
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(await readdir(place)).toEqual([])
  })
})

describe('an interrupted export to a file', () => {
  beforeEach(async () => {
    emulator.reset()
    emulator.tables.insert(
      'airports',
      Array.from({ length: 3_000 }, (_, index) => ({ iata: `${index}` })),
    )
    emulator.faults.add({ kind: 'latency', ms: 300, operations: ['getTableData'] })
    await writeFile(join(place, 'a.csv'), 'as it was')
  })

  /** Started, and stopped once the temporary file is there. */
  async function interrupted(signal: NodeJS.Signals) {
    const { child, result } = start(['export', 'airports', '-o', 'a.csv'], env, place)
    while ((await readdir(place)).length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
    return { ...(await result), left: await readdir(place) }
  }

  it('by Ctrl-C keeps the old file, leaves no other, and exits with 130', async () => {
    const { code, stderr, left } = await interrupted('SIGINT')
    expect({ code, left }).toEqual({ code: 130, left: ['a.csv'] })
    expect(stderr).toContain('a.csv was not changed')
    expect(await readFile(join(place, 'a.csv'), 'utf8')).toBe('as it was')
  })

  it('by SIGKILL keeps the old file, and leaves its part under another name', async () => {
    const { left } = await interrupted('SIGKILL')
    expect(left).toEqual(['a.csv', expect.stringMatching(/^a\.csv\.[\da-f]{8}\.partial$/)])
    expect(await readFile(join(place, 'a.csv'), 'utf8')).toBe('as it was')
  })

  it('without a gateway exits with 5, and keeps the old file', async () => {
    emulator.faults.set([{ kind: 'reset', when: 'before', operations: ['getTableData'] }])
    const { code, stderr } = await start(['export', 'airports', '-o', 'a.csv'], env, place).result
    expect(code, stderr).toBe(5)
    expect(await readdir(place)).toEqual(['a.csv'])
    expect(await readFile(join(place, 'a.csv'), 'utf8')).toBe('as it was')
  })
})

/** Deletes records of the table, one after the other, until an export of it has ended. */
async function exportWhileDeleting(count: number, hasOrder = true): Promise<Result> {
  const many = Array.from({ length: count }, (_, index) => ({ iata: `${index}` }))
  emulator.reset()
  if (!hasOrder) emulator.setDialect({ pageOrder: 'unstable' })
  emulator.tables.insert('airports', many)
  emulator.faults.add({ kind: 'latency', ms: 20, operations: ['getTableData'] })
  const { url: baseUrl, token, teamId, botId } = emulator
  await using client = createClient({ baseUrl, token, teamId, botId })
  const { result } = start(['export', 'airports', '-o', 'a.csv'], env, place)
  let ended = false
  void result.finally(() => {
    ended = true
  })
  while (!ended) {
    const ids = emulator.tables.records('airports').map(({ id }) => id)
    if (!hasOrder) emulator.tables.insert('airports', [{ iata: 'new' }])
    await client.table('airports').deleteById(ids.slice(0, 1))
  }
  return result
}

it('an export contains all remaining records while others are deleted', async () => {
  const { code, stderr } = await exportWhileDeleting(3_000)
  expect(code, stderr).toBe(0)
  const lines = (await readFile(join(place, 'a.csv'), 'utf8')).trimEnd().split('\n').slice(1)
  const exported = new Set(lines.map((line) => line.split(',')[0]))
  expect(exported.size).toBe(lines.length)
  for (const { values } of emulator.tables.records('airports')) {
    expect(exported).toContain(values.iata)
  }
})

it('a table that changes in any order during an export is detected, and no file is written', async () => {
  const { code, stderr } = await exportWhileDeleting(1_000, false)
  expect(code, stderr).toBe(5)
  expect(stderr).toContain('the table kept changing')
  expect(stderr).toContain('a.csv was not written')
  expect(await readdir(place)).toEqual([])
})
