/** Errors of commands: the exit code, one clear message, and no writes. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { COMMANDS, type CommandName } from '../src/commands/index.ts'
import type { CommandDefinition } from '../src/define-command.ts'
import { run, SOME_AIRPORTS, startAirports } from './cli.ts'
import { useEmulator } from './fixture.ts'
import { runHere } from './in-process.ts'

const { emulator, env, folder } = await useEmulator()
const file = join(folder, 'new.csv')

beforeEach(() => writeFile(file, 'iata\nNEW\n'))

const DEFINITIONS: readonly CommandDefinition[] = COMMANDS.map(({ definition }) => definition)

/** Arguments of commands that do their work at once, where the first example is not enough. */
const READY: Readonly<Partial<Record<CommandName, (table: string) => string[]>>> = {
  'records get': (table) => [table, 'some-id'],
  'records insert': (table) => [table, '--set', 'iata=NEW'],
  'records upsert': (table) => [table, '--key', 'iata', '--set', 'iata=NEW', '--yes'],
  'records update': (table) => [
    ...[table, '--where', 'iata = 00M', '--set', 'city=Elsewhere', '--yes'],
  ],
  'records delete': (table) => [table, '--where', 'iata = 00M', '--yes'],
  'records watch': (table) => [table, '--for', '5s'],
  import: (table) => [table, file],
  export: (table) => [table],
  types: (table) => [table],
}

/** Each command that works on one table, ready to do its work; a new one by its first example. */
function commands(table = 'airports'): string[][] {
  const ready = new Map(Object.entries(READY))
  return DEFINITIONS.flatMap(({ name, arguments: [first] = [], examples: [example] }) => {
    const args = ready.get(name)?.(table)
    const words = name.split(' ')
    if (args !== undefined) return [[...words, ...args]]
    if (first?.name !== '<table>') return []
    const typed: string[] = example.command.match(/"[^"]*"|'[^']*'|\S+/g) ?? []
    // Some set a variable before it.
    const plain = typed.slice(typed.indexOf('clt') + 1).map((word) => word.replaceAll(/["']/g, ''))
    return [plain.map((word) => (word === 'airports' ? table : word))]
  })
}

const writing = commands().filter(([, verb]) => /insert|upsert|update|delete/.test(verb ?? ''))
writing.push(['import', 'airports', ''])

function expectUntouched(): void {
  const records = emulator.tables.records('airports')
  expect(records.map(({ values }) => values.iata)).toEqual(SOME_AIRPORTS.map(({ iata }) => iata))
  expect(records[0]?.values.city).toBe('Bay Springs')
  expect(emulator.tables.count('airports', 'LIVE')).toBe(0)
}

/** An error line, a line on what to do, and no more. */
function expectClear(stderr: string): void {
  expect(stderr).toMatch(/^error: [^\n]+\n(hint: [^\n]+\n)?$/)
}

describe.each([
  ['a wrong token', 4, () => ({ CHATLAYER_TOKEN: 'somebody:wrongwrongwrong' }), 'airports'],
  ['a table that is not there', 3, () => ({}), 'airprots'],
  ['no token', 2, () => ({ CHATLAYER_TOKEN: '' }), 'airports'],
  ['no gateway', 2, () => ({ CHATLAYER_BASE_URL: '' }), 'airports'],
  ['a region that is none', 2, () => ({ CHATLAYER_REGION: 'moon' }), 'airports'],
  ['a gateway without TLS', 2, () => ({ CHATLAYER_BASE_URL: 'http://example.com' }), 'airports'],
  ['a profile that is not there', 2, () => ({}), 'prod:airports'],
])('%s', (_, code, change, table) => {
  it(`ends every command with ${code}`, { timeout: 120_000 }, async () => {
    const check = async (args: string[]): Promise<void> => {
      const result = await run(args, { ...env, ...change() })
      expect(result, args.join(' ')).toMatchObject({ code, stdout: '' })
      expectClear(result.stderr)
    }
    await Promise.all(commands(table).map(check))
    expectUntouched()
  })
})

it('a missing table is reported with the most similar one', async () => {
  const { stderr } = await run(['records', 'list', 'airprots'], env)
  expect(stderr).toContain('Did you mean "airports"?')
})

describe('LIVE', () => {
  const live = { CHATLAYER_TABLE_VERSION: 'LIVE' }

  it('is read if the environment sets it', async () => {
    emulator.tables.insert('airports', [{ iata: 'LIV' }], 'LIVE')
    const args = ['records', 'list', 'airports', '--select', 'iata']
    expect((await run(args, { ...env, ...live })).stdout).toMatch(/^id\tiata\n\S+\tLIV\n$/)
    expect((await run([...args, '--live'], env)).stdout).toContain('LIV')
    expect((await run(args, env)).stdout).not.toContain('LIV')
  })

  it('is not written to unless the command line requests it', { timeout: 60_000 }, async () => {
    for (const args of writing) {
      const result = await run(args[0] === 'import' ? ['import', 'airports', file] : args, {
        ...env,
        ...live,
      })
      expect(result, args.join(' ')).toMatchObject({ code: 2, stdout: '' })
      expect(result.stderr).toContain('@live')
    }
    expectUntouched()
  })

  it('is written to, and DRAFT is not, when it does', async () => {
    const count = () => [
      emulator.tables.count('airports'),
      emulator.tables.count('airports', 'LIVE'),
    ]
    expect(count()).toEqual([4, 0])
    expect((await run(['records', 'insert', 'airports@live', '--set', 'iata=A'], env)).code).toBe(0)
    expect((await run(['import', 'airports', file, '--live'], env)).code).toBe(0)
    expect(count()).toEqual([4, 2])
    const draft = ['records', 'insert', 'airports@draft', '--set', 'iata=B']
    expect((await run(draft, { ...env, ...live })).code).toBe(0)
    expect(count()).toEqual([5, 2])
    expect(await run(['records', 'insert', 'airports@draft', '--live'], env)).toMatchObject({
      code: 2,
    })
  })
})

describe('updates and deletes', () => {
  it('are rejected without a terminal, unless --yes is passed', async () => {
    for (const args of commands().filter(([, verb]) => /update|delete/.test(verb ?? ''))) {
      const result = await run(
        args.filter((arg) => arg !== '--yes'),
        env,
      )
      expect(result).toMatchObject({ code: 2, stdout: '' })
      expect(result.stderr).toContain('--yes')
    }
    expectUntouched()
  })

  it('require a choice of records, or --all for every record', async () => {
    const update = ['records', 'update', 'airports', '--set', 'city=X', '--yes']
    expect(await run(update, env)).toMatchObject({ code: 2 })
    expect(await run([...update, '--filter', '{}'], env)).toMatchObject({ code: 2 })
    expect(await run([...update, '--all', '--where', 'iata = JFK'], env)).toMatchObject({ code: 2 })
    expectUntouched()
    expect(await run([...update, '--all'], env)).toMatchObject({ code: 0 })
    const cities = emulator.tables.records('airports').map(({ values }) => values.city)
    expect(cities).toEqual(['X', 'X', 'X', 'X'])
  })

  it('show what they would do, and write nothing, with --dry-run', async () => {
    const update = ['records', 'update', 'airports', '--where', 'iata = 00M', '--set', 'city=X']
    const shown = await run([...update, '--dry-run'], env)
    expect(shown.code).toBe(0)
    expect(shown.stdout).toMatch(/^id\tcolumn\tbefore\tafter\n\S+\tcity\tBay Springs\tX\n$/)
    const drop = ['records', 'delete', 'airports', '--all', '--dry-run', '--json']
    expect(JSON.parse((await run(drop, env)).stdout)).toMatchObject({ matched: 4 })
    const insert = ['records', 'insert', 'airports', '--set', 'iata=X', '--dry-run']
    expect((await run(insert, env)).stdout).toContain('\\N\tX\t\\N')
    expectUntouched()
  })

  it('exit with 3 for a missing id', async () => {
    const drop = ['records', 'delete', 'airports', '--id', 'none', '--yes']
    expect(await run(drop, env)).toMatchObject({ code: 3 })
    expect(await run(['records', 'get', 'airports', 'none'], env)).toMatchObject({ code: 3 })
  })
})

describe('a condition', () => {
  it.each([
    ['--where', 'latitud > 5', 'Did you mean "latitude"?'],
    ['--where', 'latitude > north', 'latitude'],
    ['--where', 'latitude', 'operator'],
    ['--filter', '{"state":', 'not valid JSON'],
    ['--filter', '[]', 'JSON object'],
    ['--sort', 'nme', 'name'],
    ['--select', 'nme', 'name'],
  ])('%s %s ends with 2', async (option, value, said) => {
    const result = await run(['records', 'list', 'airports', option, value], env)
    expect(result).toMatchObject({ code: 2, stdout: '' })
    expect(result.stderr).toContain(said)
  })
})

describe('a gateway that cannot be reached', () => {
  it('exits with 5 and one message', { timeout: 60_000 }, async () => {
    const gone = await startAirports()
    const nowhere = { ...env, CHATLAYER_BASE_URL: gone.url }
    await gone.close()
    const result = await run(['records', 'list', 'airports'], nowhere)
    expect(result).toMatchObject({ code: 5, stdout: '' })
    expectClear(result.stderr)
  })
})

describe('records insert', () => {
  it('accepts one record, several, or lines of JSON, and prints their ids', async () => {
    const insert = ['records', 'insert', 'airports']
    const one = await run([...insert, '--set', 'iata=A', '--set-null', 'city'], env)
    expect(one.stdout).toMatch(/^[\w-]{36}\n$/)
    const two = await run([...insert, '--data', '[{"iata":"B"},{"iata":"C","latitude":1.50}]'], env)
    expect(two.stdout).toMatch(/^([\w-]{36}\n){2}$/)
    const lines = await run(
      insert,
      env,
      '{"iata":"D"}\n\n{"iata":"E","latitude":12345678901234567890}\n',
    )
    expect(lines.stdout).toMatch(/^([\w-]{36}\n){2}$/)
    const values = emulator.tables.records('airports').map((record) => record.values)
    const latitudes = Object.fromEntries(values.map(({ iata, latitude }) => [iata, latitude]))
    expect(latitudes).toMatchObject({
      A: null,
      B: null,
      C: '1.5',
      D: null,
      E: '12345678901234567890',
    })
  })

  it('reports lines that are not a record, with their number', async () => {
    const result = await run(['records', 'insert', 'airports'], env, '{"iata":"A"}\nB\n')
    expect(result.code).toBe(2)
    expect(result.stderr).toContain('line 2 of the input is not valid JSON')
  })

  it('reports each rejected record, and exits with 6 if others were written', async () => {
    const data = '[{"iata":"A"},{"iata":"B","latitude":"north"},{"nme":"C"}]'
    const result = await run(['records', 'insert', 'airports', '--data', data, '--json'], env)
    expect(result.code).toBe(6)
    expect(result.stderr).toContain('row 2: ')
    expect(result.stderr).toContain('row 3: ')
    const outcomes: { index: number; status: string }[] = JSON.parse(result.stdout)
    const byIndex = outcomes.toSorted((a, b) => a.index - b.index).map(({ status }) => status)
    expect(byIndex).toEqual(['ok', 'rejected', 'rejected'])
  })
})

describe('a gateway that asks to wait for years', () => {
  it.each([429, 503])('with %i ends the command, and how long is reported', async (status) => {
    const server = createServer((_, response) => {
      const headers = { 'content-type': 'application/json', 'retry-after': '99999999' }
      response.writeHead(status, headers).end('{"message": "busy"}')
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const { code, stdout, stderr } = await runHere(['records', 'list', 'airports'], {
      env: { ...env, CHATLAYER_BASE_URL: `http://127.0.0.1:${port}` },
    })
    server.close()
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
    expect(stderr).toMatch(/^error: .*\((?:503|429)\).* asks to wait 1157 days/)
    expect(stderr).toMatch(/^hint: .*[Tt]ry again later/m)
    expectClear(stderr)
  })
})
