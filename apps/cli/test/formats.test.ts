/** Formats of lists, fields, counts, explanations, upserts, and the output of --verbose. */
import { describe, expect, it } from 'vitest'
import { useEmulator } from './fixture.ts'
import { runHere } from './in-process.ts'

const { emulator, env: connection } = await useEmulator()
const env = { ...connection, CHATLAYER_JOURNAL: 'off' }

function run(args: readonly string[], input?: string) {
  return runHere(args, { env, ...(input !== undefined && { input }) })
}

const LIST = ['records', 'list', 'airports', '--sort', 'iata']

describe('lists', () => {
  it('are CSV, NDJSON or JSON of chosen fields', async () => {
    const csv = await run([...LIST, '--select', 'iata,city', '--csv'])
    const lines = csv.stdout.split('\r\n').join('\n').split('\n')
    expect(lines.map((line) => line.slice(line.indexOf(',') + 1))).toEqual([
      ...['iata,city', '00M,Bay Springs', 'BTV,', 'EWR,Newark', 'JFK,New York', ''],
    ])
    const ndjson = await run([...LIST, '--ndjson'])
    const records = ndjson.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(records).toHaveLength(4)
    expect(records[1]).toMatchObject({
      id: expect.any(String),
      values: { iata: 'BTV', city: null },
    })
    const fields = await run([...LIST, '--limit', '1', '--json', 'city,id,"iata"'])
    expect(fields.stdout).toBe(
      `[\n  {"city":"Bay Springs","id":"${records[0].id}","iata":"00M"}\n]\n`,
    )
    const got = await run(['records', 'get', 'airports', records[0].id, '--json', 'iata'])
    expect(JSON.parse(got.stdout)).toEqual([{ iata: '00M' }])
    const tables = await run(['tables', 'list', '--json', 'name'])
    expect(JSON.parse(tables.stdout)).toEqual([{ name: 'airports' }])
    expect((await run(['tables', 'list', '--csv'])).stdout).toMatch(/^name,id,columns,/)
  })

  it('reject two formats at once, and unknown fields', async () => {
    for (const args of [
      [...LIST, '--csv', '--ndjson'],
      [...LIST, '--json', '--csv'],
      [...LIST, '--json', 'town'],
      ['tables', 'list', '--json', 'nome'],
    ]) {
      const { code, stdout, stderr } = await run(args)
      expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' })
    }
    expect((await run([...LIST, '--json', 'town'])).stderr).toContain(
      'hint: Use one of: id, created',
    )
  })
})

describe('count and --explain', () => {
  it('print one number, or how it would be found', async () => {
    const count = ['records', 'count', 'airports', '--where', 'state in (NY, NJ)']
    expect(await run(count)).toMatchObject({ code: 0, stdout: '2\n', stderr: '' })
    expect((await run([...count, '--json'])).stdout).toBe('{"count":2}\n')
    const { stdout } = await run([...count, '--explain'])
    expect(stdout).toMatch(/^read the pages of the table\n {2}tested here: state in/)
    const update = ['records', 'update', 'airports', '--where', 'iata = JFK', '--set', 'city=X']
    emulator.requests.clear()
    const explained = await run([...update, '--explain', '--json'])
    expect(JSON.parse(explained.stdout)).toMatchObject({ strategy: expect.any(String) })
    expect(emulator.requests.counts.actions.UPDATE ?? 0).toBe(0)
  })
})

describe('upsert', () => {
  const UPSERT = ['records', 'upsert', 'airports', '--key', 'iata']
  const ROWS =
    '{"iata":"JFK","city":"Queens"}\n{"iata":"NEW","city":"Town"}\n{"iata":"EWR","city":"Newark"}\n'

  it('previews, requires --yes without a terminal, and writes the differences', async () => {
    const dry = await run([...UPSERT, '--dry-run'], ROWS)
    expect(dry.code).toBe(0)
    expect(dry.stdout).toContain('\tcity\tNew York\tQueens\n')
    expect(dry.stderr).toBe('3 records would be written: 1 inserted, 1 updated, 1 unchanged\n')
    expect(await run(UPSERT, ROWS)).toMatchObject({ code: 2, stdout: '' })
    expect(emulator.tables.count('airports')).toBe(4)
    const done = await run([...UPSERT, '--yes'], ROWS)
    expect(done).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\da-f-]{36}\n$/) })
    const held = emulator.tables.records('airports').map(({ values }) => values)
    expect(held).toHaveLength(5)
    expect(held.find(({ iata }) => iata === 'JFK')).toMatchObject({ city: 'Queens', state: 'NY' })
  })

  it('requires a key of an existing column', async () => {
    const set = ['--set', 'iata=JFK', '--yes']
    expect(await run(['records', 'upsert', 'airports', ...set])).toMatchObject({ code: 2 })
    const wrong = await run(['records', 'upsert', 'airports', '--key', 'code', ...set])
    expect(wrong).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('--jq', () => {
  const jq = (expression: string, ...args: string[]) => run([...LIST, '--jq', expression, ...args])

  it('filters the JSON, and prints strings unquoted', async () => {
    expect((await jq('.[].values.iata')).stdout).toBe('00M\nBTV\nEWR\nJFK\n')
    const fields = await jq(
      'map(select(.city)) | map({(.iata): .latitude}) | add',
      '--json',
      'iata,city,latitude',
    )
    expect(fields.stdout).toBe('{"00M":"31.95376472","EWR":"40.6925","JFK":"40.63"}\n')
    emulator.tables.insert('airports', [{ iata: 'ZZZ', city: ' a\nb ' }])
    expect((await jq('.[-1].values.city')).stdout).toBe(' a\nb \n')
    const numbers = await run([
      'records',
      'count',
      'airports',
      '--jq',
      '-.count, 12345678901234567890',
    ])
    expect(numbers.stdout).toBe('-5\n12345678901234567890\n')
    expect((await jq('empty')).stdout).toBe('')
    expect((await jq('$ENV | has("CHATLAYER_TOKEN")')).stdout).toBe('false\n')
  })

  it('is checked before the command runs; later errors are reported with the output of the command', async () => {
    const insert = ['records', 'insert', 'airports', '--set', 'iata=NEW', '--jq']
    const unread = await run([...insert, '.['])
    expect(unread).toMatchObject({ code: 2, stdout: '' })
    expect(unread.stderr).toContain('invalid jq expression .[: syntax error')
    expect(emulator.tables.count('airports')).toBe(4)
    const failed = await run([...insert, '.[].id.x'])
    expect(failed).toMatchObject({ code: 1, stdout: '' })
    expect(failed.stderr).toContain('error: jq: Cannot index string')
    expect(emulator.tables.count('airports')).toBe(5)
    const missing = await run(['records', 'list', 'nothing', '--jq', '.'])
    expect(missing).toMatchObject({ code: 3, stdout: '' })
    expect(await run(['records', 'watch', 'airports', '--jq', '.'])).toMatchObject({ code: 2 })
  })
})

describe('--verbose', () => {
  it('logs each request and details of errors; no token, and nothing on stdout', async () => {
    const { stdout, stderr } = await run([...LIST, '--select', 'iata', '--verbose'])
    expect(stdout.split('\n')).toHaveLength(6)
    expect(stderr).toMatch(/^> #\d+ GET \S*\/tables\n< #\d+ GET \S+ 200 in \d+ ms\n/)
    for (const secret of [emulator.token, emulator.token.split(':')[1] ?? '']) {
      expect(stderr).not.toContain(secret)
    }
    emulator.faults.add({ kind: 'status', status: 400, operations: ['getTableData'] })
    const failed = await run([...LIST, '--verbose'])
    expect(failed.stderr).toMatch(
      /error: .*\n(hint: .*\n)?code: REJECTED\nrequest: GET \S+ \(getTable/,
    )
    emulator.faults.clear()
  })
})
