import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startEmulator } from '@chatlayer-tables/emulator'
import { describe, expect, it } from 'vitest'
import { AIRPORTS_FILE, connectionTo, reportOf, run, sortedLines, stateFolder } from './cli.ts'
import { NO_AIRPORTS, useEmulator } from './fixture.ts'

const { emulator, env: connection, folder } = await useEmulator({ tables: [NO_AIRPORTS] })
// The folder contains only files of the tests.
const env = { ...connection, XDG_STATE_HOME: stateFolder() }

describe('import, then export', () => {
  it('returns all 3,376 airports unchanged', { timeout: 60_000 }, async () => {
    const source = join(folder, 'airports.csv')
    const copy = join(folder, 'copy.csv')
    await copyFile(AIRPORTS_FILE, source)

    const imported = await run(['import', 'airports', source, '--json'], env)
    expect(imported.code).toBe(0)
    expect(reportOf(imported.stdout)).toMatchObject({
      read: 3376,
      ok: 3376,
      rejected: 0,
      unknown: 0,
      unsent: 0,
    })
    expect(imported.stderr).toContain('3,376 rows read, 3,376 written')

    const exported = await run(['export', 'airports', '-o', copy], env)
    expect(exported).toMatchObject({ code: 0, stdout: '' })
    const [header] = (await readFile(AIRPORTS_FILE, 'utf8')).split('\n', 1)
    expect((await readFile(copy, 'utf8')).startsWith(`${header}\n`)).toBe(true)
    expect(await sortedLines(copy)).toEqual(await sortedLines(AIRPORTS_FILE))
    expect((await readdir(folder)).toSorted()).toEqual(['airports.csv', 'copy.csv'])

    const piped = await run(['export', 'airports', '--quiet'], env)
    expect(piped.stderr).toBe('')
    expect(piped.stdout).toBe(await readFile(copy, 'utf8'))
  })

  it('returns every type, and distinguishes null from the empty string', {
    timeout: 60_000,
  }, async () => {
    const types = ['text', 'int', 'numeric', 'uuid', 'bool', 'timestamp', 'jsonb']
    const columns = types.map((type) => ({ name: `a ${type}`, type }))
    await using other = await startEmulator({ tables: [{ name: 'kinds', columns }] })
    const first = join(folder, 'kinds.csv')
    const second = join(folder, 'again.csv')
    await writeFile(
      first,
      [
        'a text,a int,a numeric,a uuid,a bool,a timestamp,a jsonb',
        '00501,9007199254740993,12.50,123e4567-e89b-12d3-a456-426614174000,true,2026-01-31T10:00:00.123456Z,"{""a"":[1,null,9007199254740993]}"',
        '"",,,,,,',
        ',-1,-0.00000000000000000001,,false,,"""text"""',
        '"two\nlines, a ""quote"" and 🛩",0,1,,,,[]',
        '=1+1,,,,,,true',
        '',
      ].join('\n'),
    )
    const env = connectionTo(other)
    expect((await run(['import', 'kinds', first], env)).code).toBe(0)
    expect((await run(['export', 'kinds', '-o', second], env)).code).toBe(0)
    other.reset()
    expect((await run(['import', 'kinds', second], env)).code).toBe(0)
    const third = await run(['export', 'kinds'], env)
    const lines = (text: string) => text.trimEnd().split('\n').toSorted()
    expect(lines(await readFile(second, 'utf8'))).toEqual(lines(await readFile(first, 'utf8')))
    expect(lines(third.stdout)).toEqual(lines(await readFile(first, 'utf8')))
  })
})

describe('an import with rejected rows', () => {
  it('exits with 6, lists the rows with reasons, and accepts the fixed file', async () => {
    const file = join(folder, 'some.csv')
    await writeFile(file, 'iata,latitude\nAAA,1.5\nBBB,north\nCCC,2.5\n')
    const before = emulator.tables.count('airports')
    const { code, stdout, stderr } = await run(['import', 'airports', file], env)
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' })
    expect(stderr).toContain('3 rows read, 2 written, 1 rejected')
    expect(stderr).toContain('some.rejected.csv')
    expect(emulator.tables.count('airports')).toBe(before + 2)

    const rejected = join(folder, 'some.rejected.csv')
    expect(await readFile(rejected, 'utf8')).toBe('iata,latitude\nBBB,north\n')
    const [line] = (await readFile(join(folder, 'some.errors.ndjson'), 'utf8')).split('\n')
    expect(JSON.parse(line ?? '')).toMatchObject({ line: 3, column: 'latitude' })

    await writeFile(rejected, 'iata,latitude\nBBB,48.5\n')
    expect((await run(['import', 'airports', rejected], env)).code).toBe(0)
    expect(emulator.tables.count('airports')).toBe(before + 3)
  })

  it('writes nothing if a column does not match the table', async () => {
    const file = join(folder, 'columns.csv')
    await writeFile(file, 'iata,latitud\nAAA,1.5\n')
    const before = emulator.tables.count('airports')
    const { code, stderr } = await run(['import', 'airports', file], env)
    expect(code).toBe(2)
    expect(stderr).toContain('"latitud": not in the table (nearest: "latitude")')
    expect(stderr).toContain('In the table: iata, name')
    expect(emulator.tables.count('airports')).toBe(before)
  })
})

it('a failed export keeps the old file, and leaves no other', async () => {
  const there = join(folder, 'there.csv')
  await writeFile(there, 'as it was')
  const before = await readdir(folder)
  const { code } = await run(['export', 'airprts', '-o', there], env)
  expect(code).toBe(3)
  expect(await readFile(there, 'utf8')).toBe('as it was')
  expect(await readdir(folder)).toEqual(before)
})
