/** `clt diff`: tables and files, and its exit codes. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { run, SOME_AIRPORTS, start } from './cli.ts'
import { useEmulator } from './fixture.ts'

const { emulator, env, folder } = await useEmulator()

const BY_KEY = ['--key', 'iata']

describe('clt diff', () => {
  it('exits with 0 if nothing but IDs differs', async () => {
    emulator.tables.insert('airports', SOME_AIRPORTS.toReversed(), 'LIVE')
    for (const key of [BY_KEY, []]) {
      const result = await run(['diff', 'airports', 'airports@live', ...key], env)
      expect(result).toMatchObject({ code: 0, stdout: '' })
      expect(result.stderr).toBe(
        'a: table "airports" (DRAFT)\nb: table "airports" (LIVE)\nno differences, 4 unchanged\n',
      )
    }
  })

  it('exits with 1 if something differs, and shows each record with its fields', async () => {
    const [first, second, ...rest] = SOME_AIRPORTS
    const live = [
      { ...first, city: 'Bay\u202e Spring', latitude: '31.953764720' },
      ...rest,
      { iata: 'NEW', name: '' },
    ]
    emulator.tables.insert('airports', live, 'LIVE')
    const { code, stdout, stderr } = await run(
      ['diff', 'airports', 'airports@live', ...BY_KEY],
      env,
    )
    expect(code).toBe(1)
    expect(stdout.split('\n')).toEqual([
      '~ iata "00M"',
      '    city  "Bay Springs" → "Bay\\u202e Spring"',
      `- iata "JFK"  name "${second?.name}"  city "New York"  state "NY"  latitude 40.63`,
      '+ iata "NEW"  name ""',
      '',
    ])
    expect(stderr).toContain('1 added, 1 removed, 1 changed, 2 unchanged')

    const json = await run(['diff', 'airports', 'airports@live', ...BY_KEY, '--json', '-q'], env)
    expect(json).toMatchObject({ code: 1, stderr: '' })
    const { summary, changes, key } = JSON.parse(json.stdout)
    expect([summary, key]).toEqual([
      { a: 4, b: 4, same: 2, added: 1, removed: 1, changed: 1, fields: { city: 1 } },
      ['iata'],
    ])
    expect(changes).toMatchObject([
      { change: 'changed', key: { iata: '00M' }, fields: { city: { before: 'Bay Springs' } } },
      { change: 'removed', key: { iata: 'JFK' }, a: { id: expect.any(String) } },
      { change: 'added', key: { iata: 'NEW' }, values: { name: '', city: null } },
    ])
  })

  it('--summary counts the differences by column', async () => {
    emulator.tables.insert('airports', [{ ...SOME_AIRPORTS[0], city: null, state: 'x' }], 'LIVE')
    const args = ['diff', 'airports', 'airports@live', ...BY_KEY, '--summary']
    const { code, stdout } = await run(args, env)
    expect(code).toBe(1)
    expect(stdout).toBe(
      'records\tcount\nadded\t0\nremoved\t3\nchanged\t1\nsame\t0\nchanged in city\t1\nchanged in state\t1\n',
    )
    const json = JSON.parse((await run([...args, '--json'], env)).stdout)
    expect(json).toMatchObject({ summary: { removed: 3 } })
    expect(json).not.toHaveProperty('changes')
  })

  it('takes files of any kind, and stdin once', async () => {
    const lines = SOME_AIRPORTS.map(({ city, ...rest }) => ({ ...rest, City: city, more: 1 }))
    const ndjson = lines.map((line) => JSON.stringify(line)).join('\n')
    const packed = join(folder, 'airports.ndjson.gz')
    await writeFile(packed, gzipSync(ndjson))
    const semicolons = join(folder, 'semicolons')
    await writeFile(semicolons, 'iata;latitude\n00M;31,95376472\nJFK;40,63\nEWR;NULL\nBTV;44,473\n')
    const ignoring = ['--ignore', 'more', '--ignore', 'country', '--ignore', 'longitude', ...BY_KEY]
    const same = await run(['diff', 'airports', packed, ...ignoring], env)
    expect(same, same.stderr).toMatchObject({ code: 0 })
    expect(same.stderr).toContain('b: file airports.ndjson.gz (ndjson)')
    const piped = await run(['diff', '-', ':airports', ...ignoring], env, ndjson)
    expect(piped, piped.stderr).toMatchObject({ code: 0 })
    const read = ['--decimal', ',', '--null', 'NULL', '--columns', 'latitude', '--key', 'iata']
    const local = await run(['diff', semicolons, 'airports', ...read], env)
    expect(local.stdout).toBe('~ iata "EWR"\n    latitude  null → 40.6925\n')
  })

  it('of two files requires no connection', async () => {
    const [a, b] = [join(folder, 'a.csv'), join(folder, 'b.tsv')]
    await writeFile(a, 'code,zip\nA,00501\nB,""\n')
    await writeFile(b, 'code\tzip\nB\t\nA\t501\n')
    const { code, stdout } = await run(['diff', a, b, '--key', 'code'])
    expect(code).toBe(1)
    expect(stdout).toBe('~ code "A"\n    zip  "00501" → "501"\n~ code "B"\n    zip  "" → null\n')
    expect(await run(['diff', a, a, '--key', 'code'])).toMatchObject({ code: 0 })
  })

  it('exits with 2 or more for errors, and never with 1', async () => {
    emulator.tables.insert('airports', [{ iata: 'JFK' }], 'DRAFT')
    const file = join(folder, 'wrong.csv')
    await writeFile(file, 'iata,latitude\nA,north\n')
    const failures: [string[], number, string][] = [
      [['airports', 'none'], 3, 'no table "none"'],
      [['airports', './none.csv'], 2, 'none.csv'],
      [['airports', 'airports@live', ...BY_KEY], 2, 'not unique in airports@draft: "JFK"'],
      [['airports', 'airports@live', '--live'], 2, '--live is ambiguous'],
      [['airports', 'airports@live', '--key', 'iatta'], 2, 'Did you mean "iata"?'],
      [[file, 'airports', '--columns', 'iata,latitude'], 2, 'line 2:'],
      [[file, 'airports'], 2, 'only in airports@draft: "name"'],
      [['-', '-'], 2, 'stdin'],
    ]
    for (const [args, exit, text] of failures) {
      const { code, stdout, stderr } = await run(['diff', ...args], env)
      expect({ code, stdout, text: stderr.includes(text) ? text : stderr }, args.join(' ')).toEqual(
        {
          ...{ code: exit, stdout: '', text },
        },
      )
    }
    const elsewhere = { ...env, CHATLAYER_TOKEN: 'wrong:wrong-wrong-wrong' }
    expect(await run(['diff', 'airports', 'airports'], elsewhere)).toMatchObject({ code: 4 })
  })

  it('exits with 1 if the reader closes the pipe', async () => {
    const many = Array.from({ length: 3_000 }, (_, n) => ({ iata: `X${n}`, name: 'x'.repeat(100) }))
    emulator.tables.insert('airports', many, 'LIVE')
    const { child, result } = start(['diff', 'airports', 'airports@live', '-q'], env)
    child.stdout?.once('data', () => child.stdout?.destroy())
    expect((await result).code).toBe(1)
  })
})
