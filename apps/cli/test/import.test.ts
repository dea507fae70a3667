/** Options and output of `clt import`. */
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BIN, makeFolder, reportOf, run, startProcess } from './cli.ts'
import { useEmulator } from './fixture.ts'

const { emulator, env, folder } = await useEmulator()

async function fileOf(text: string, name = 'some.csv'): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, text)
  return file
}

function cities(): Record<string, unknown> {
  const records = emulator.tables.records('airports')
  return Object.fromEntries(records.map(({ values }) => [values.iata, values.city]))
}

describe('modes', () => {
  it('upsert changes and inserts, and does not write unchanged records', async () => {
    const file = await fileOf('iata,city\nJFK,New York\nEWR,Newark NJ\nNEW,Town\n')
    const args = ['import', 'airports', file, '--mode', 'upsert', '--key', 'iata', '--json']
    const { code, stdout, stderr } = await run(args, env)
    expect(code).toBe(0)
    expect(reportOf(stdout)).toMatchObject({
      read: 3,
      ok: 2,
      unchanged: 1,
      inserted: 1,
      updated: 1,
    })
    expect(stderr).toContain('3 rows read, 2 written, 1 unchanged, 0 rejected')
    expect(cities()).toMatchObject({ JFK: 'New York', EWR: 'Newark NJ', NEW: 'Town' })
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).event)
    // A slow machine reports progress as well.
    expect(events.filter((event) => event !== 'progress')).toEqual(['plan', 'start', 'end'])
  })

  it('replace deletes only when confirmed', async () => {
    const file = await fileOf('iata,city\nJFK,New York\n')
    const args = ['import', 'airports', file, '--mode', 'replace', '--key', 'iata']
    const refused = await run(args, env)
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain('--yes')
    expect(emulator.tables.count('airports')).toBe(4)
    const { code, stderr } = await run([...args, '--yes'], env)
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('3 records deleted')
    expect(cities()).toEqual({ JFK: 'New York' })

    const empty = await fileOf('iata,city\n', 'empty.csv')
    const all = ['import', 'airports', empty, '--mode', 'replace', '--key', 'iata', '--yes']
    const kept = await run(all, env)
    expect(kept).toMatchObject({ code: 2, stdout: '' })
    expect(kept.stderr).toContain('empty.csv has no rows, so that the one record would be deleted')
    expect(kept.stderr).toContain('--allow-empty')
    expect(emulator.tables.count('airports')).toBe(1)
    expect((await run([...all, '--allow-empty'], env)).code).toBe(0)
    expect(emulator.tables.count('airports')).toBe(0)
  })

  it.each([
    [['--mode', 'upsert'], '--key'],
    [['--key', 'iata'], '--mode'],
    [['--mode', 'merge'], 'Allowed choices'],
    [['--mode', 'upsert', '--key', 'itaa'], 'Did you mean "iata"?'],
    [['--mode', 'upsert', '--key', 'state'], 'no column that fills "state"'],
    [['--map', 'iata'], '--map'],
    [['--date-format', 'nonsense'], 'date'],
    [['--max-errors', 'x'], 'whole number'],
  ])('%j is rejected', async (flags, message) => {
    const file = await fileOf('iata,city\nJFK,New York\n')
    const { code, stderr } = await run(['import', 'airports', file, ...flags], env)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(emulator.tables.count('airports')).toBe(4)
  })
})

describe('--check', () => {
  const text = 'iata,latitude\nAAA,1.5\nBBB,north\nCCC\n'

  it('lists every problem on stdout, writes nothing, and exits with 6', async () => {
    const file = await fileOf(text)
    const { code, stdout, stderr } = await run(['import', 'airports', file, '--check'], env)
    expect(code).toBe(6)
    const [header, ...lines] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'))
    expect(header).toEqual(['line', 'column', 'value', 'problem', 'what to do'])
    expect(lines).toEqual([
      ['3', 'latitude', 'north', expect.stringContaining('north'), expect.anything()],
      ['4', '\\N', '\\N', 'the row has 1 cell, the header 2', expect.anything()],
    ])
    expect(stderr).toContain('some.csv for "airports" (DRAFT): 3 rows read, 2 problems')
    expect(emulator.tables.count('airports')).toBe(4)
    const jobs = await run(['jobs', 'list', '--json'], env)
    expect(
      JSON.parse(jobs.stdout).filter(({ status }: { status: string }) => status !== 'done'),
    ).toEqual([])
  })

  it('writes events with --json, and reads stdin', async () => {
    const args = [
      'import',
      'airports',
      '-',
      '--check',
      '--json',
      '--mode',
      'replace',
      '--key',
      'iata',
    ]
    const { code, stdout } = await run(args, env, 'iata,city\nJFK,New York\nNEW,Town\n')
    expect(code).toBe(0)
    expect(reportOf(stdout)).toMatchObject({
      file: 'stdin',
      read: 2,
      problems: 0,
      plan: { inserts: 1, updates: 0, unchanged: 1, deletes: 3 },
    })
  })

  it('exits with 0 if there are no problems', async () => {
    const file = await fileOf('iata\nAAA\n')
    const { code, stdout, stderr } = await run(['import', 'airports', file, '--check'], env)
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toContain('1 rows read, no problem')
  })
})

describe('reading', () => {
  it('reads titles, decimals and nulls by its options', async () => {
    const file = await fileOf('Code;Breite;x\nAAA;1,5;y\n-;2,5;y\n')
    const flags = ['--map', 'Code=iata', '--map', 'Breite=latitude', '--ignore', 'x']
    const more = ['--decimal', ',', '--null=-']
    const { code, stderr } = await run(['import', 'airports', file, ...flags, ...more], env)
    expect(code, stderr).toBe(0)
    const latitudes = emulator.tables
      .records('airports')
      .map(({ values }) => [values.iata, values.latitude])
    expect(latitudes.slice(4)).toEqual([
      ['AAA', '1.5'],
      [null, '2.5'],
    ])
  })

  it('writes rejected rows to the given file', async () => {
    const file = await fileOf('iata,latitude\nAAA,x\n')
    const { remove: removeOut, folder: out } = await makeFolder()
    const { code } = await run(['import', 'airports', file, '--out-dir', out], env)
    expect(code).toBe(6)
    expect(await readFile(join(out, 'some.rejected.csv'), 'utf8')).toBe('iata,latitude\nAAA,x\n')
    await removeOut()
  })

  it('writes nothing if more rows are invalid than --max-errors allows', async () => {
    const file = await fileOf(`iata,latitude\n${'AAA,1\n'.repeat(9)}${'AAA,x\n'.repeat(5)}`)
    const args = ['import', 'airports', file, '--max-errors', '5', '--json']
    const { code, stdout, stderr } = await run(args, env)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('5 rows of the file cannot be written')
    expect(stderr).toContain('line 11: values.latitude: "x" is not a number')
    expect(emulator.tables.count('airports')).toBe(4)
  })

  it('stops after the given number of rejected rows', async () => {
    emulator.faults.add({ kind: 'status', status: 400, actions: ['INSERT'] })
    const file = await fileOf(`iata\n${'AAA\n'.repeat(50)}`)
    const args = ['import', 'airports', file, '--max-errors', '5', '--json']
    const { code, stdout, stderr } = await run(args, env)
    emulator.faults.clear()
    expect(code).toBe(6)
    const report = reportOf(stdout)
    expect(report).toMatchObject({ read: 50, finished: false, stopped: { reason: 'errors' } })
    expect(report.rejected).toBeGreaterThanOrEqual(5)
    expect(stderr).toContain('too many rows were rejected')
    expect(stderr).not.toContain('then run: clt import')
    const problems = stdout.split('\n').filter((line) => line.includes('"event":"problem"'))
    expect(problems).toHaveLength(report.rejected)
  })

  it('rejects a file with a late error, without writes or a job, also from stdin', async () => {
    const before = (await run(['jobs', 'list', '--json'], env)).stdout
    const text = 'iata,name\n1,A\n2,"5" pipe"\n3,C\n'
    const file = await fileOf(text)
    for (const args of [`"${file}"`, `- < "${file}"`, '/dev/stdin']) {
      const line = `cat "${file}" | "${process.execPath}" "${BIN}" import airports ${args}`
      const started = startProcess('sh', ['-c', line], env, tmpdir())
      const { code, stdout, stderr } = await started.result
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain('line 3: something follows the closing quote')
      expect(stderr).not.toContain('jobs')
    }
    expect(emulator.tables.count('airports')).toBe(4)
    expect((await run(['jobs', 'list', '--json'], env)).stdout).toBe(before)
  })

  it('prints the command that imports the fixed rows, and the command works', async () => {
    const text = "Code,Latitude\nJFK,40,5\nAAA,x\nBBB,'-'\n"
    const file = await fileOf(text.replaceAll(',', ';').replace('40;5', '40,5'), "it's some.csv")
    const flags = ['--map', 'Code=iata', '--decimal', ',', '--delimiter', ';', "--null='-'"]
    const args = ['import', 'airports', file, ...flags, '--mode', 'replace', '--key', 'iata', '-y']
    const { code, stderr } = await run(args, env)
    expect(code).toBe(6)
    const [, said = ''] = /then run: clt (.*)/.exec(stderr) ?? []
    expect(said).toContain('--mode upsert')
    const rejected = join(folder, "it's some.rejected.csv")
    expect(await readFile(rejected, 'utf8')).toBe('Code;Latitude\nAAA;x\n')
    await writeFile(rejected, 'Code;Latitude\nAAA;7,5\n')
    const again = startProcess(
      'sh',
      ['-c', `"${process.execPath}" "${BIN}" ${said}`],
      env,
      tmpdir(),
    )
    expect(await again.result).toMatchObject({ code: 0 })
    expect(cities()).toMatchObject({ AAA: null, BBB: null, BTV: null, JFK: 'New York' })
  })
})

it('writes of others during an import are detected', async () => {
  emulator.faults.add({ kind: 'latency', ms: 100, actions: ['INSERT'] })
  const file = await fileOf('iata\nAAA\n')
  const importing = run(['import', 'airports', file], env)
  while (emulator.requests.log.every(({ action }) => action !== 'INSERT')) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  emulator.tables.insert('airports', [{ iata: 'BBB' }])
  const { code, stderr } = await importing
  expect(code).toBe(7)
  expect(stderr).toContain('the table holds 6 records, expected 5 (4 before)')
})
