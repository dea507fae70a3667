/** `clt sql`: one query from the command line or stdin, and the prompt. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Io } from '../src/io.ts'
import { main } from '../src/main.ts'
import { run } from './cli.ts'
import { useEmulator } from './fixture.ts'

const { emulator, env: connection, folder } = await useEmulator({ keep: true })
const env = { ...connection, XDG_STATE_HOME: folder }
const leads = join(folder, 'leads.csv')

beforeAll(async () => {
  await writeFile(leads, 'iata,note\nJFK,"big, busy"\nZZZ,\n')
  emulator.tables.insert('airports', [{ iata: 'LIV', state: 'NY' }], 'LIVE')
})

describe('a result', () => {
  it('is tab-separated lines when piped, with freshness on stderr', async () => {
    const sql = 'select iata, city from airports order by iata limit 2'
    const { code, stdout, stderr } = await run(['sql', sql], env)
    expect([code, stdout]).toEqual([0, 'iata\tcity\n00M\tBay Springs\nBTV\t\\N\n'])
    expect(stderr).toMatch(/^"airports" \(DRAFT\) as of 20\S+Z: 4 records\n$/)
  })

  it('is JSON, with numbers, null and distinct names', async () => {
    const sql = `select a.iata, a.latitude, a.city, b.iata from airports a, airports b where a.iata = 'BTV' and b.iata = 'JFK'`
    const { stdout } = await run(['sql', sql, '--json'], env)
    expect(JSON.parse(stdout)).toEqual([
      { iata: 'BTV', latitude: 44.473, city: null, iata_2: 'JFK' },
    ])
  })

  it('is CSV, with files joined', async () => {
    const sql = `select f.iata, f.note, a.city from file('${leads}') f left join airports a using (iata) order by 1`
    const { stdout } = await run(['sql', sql, '--csv'], env)
    expect(stdout).toBe(
      'iata,note,city\r\nJFK,"big, busy",New York\r\nZZZ,,\r\n'.replaceAll('\r', ''),
    )
    const attached = ['sql', 'select count(*) n from l', '--attach', `l=${leads}`, '--json', '-q']
    expect(await run(attached, env)).toEqual({ code: 0, stdout: '[\n  {"n":2}\n]\n', stderr: '' })
  })

  it('is of the specified version', async () => {
    const sql = 'select count(*) from airports'
    expect((await run(['sql', sql, '--live'], env)).stdout).toBe('count(*)\n1\n')
    const both = 'select d.iata from airports d join live.airports l on d.state = l.state'
    expect((await run(['sql', both], env)).stdout).toBe('iata\nJFK\n')
  })
})

describe('a query', () => {
  it('comes from stdin, with separate values', async () => {
    const named = ['sql', '-p', 'state=NY', '-p', 'x=a=b', '-q']
    const sql = 'select iata, :x from airports where state = :state;\n'
    expect((await run(named, env, sql)).stdout).toBe('iata\t:x\nJFK\ta=b\n')
    const placed = ['sql', '-q', '-p', '44', 'select iata from airports where latitude > ?']
    expect((await run(placed, env)).stdout).toBe('iata\nBTV\n')
  })

  it('is explained without being run', async () => {
    const { stdout } = await run(['sql', '--explain', 'select iata from live.airports'], env)
    expect(stdout).toMatch(
      /^table\tversion\theld\tas of\nairports\tLIVE\t.*\nSCAN live.airports\n$/,
    )
  })

  it('sends no request if old data is accepted', async () => {
    await run(['sql', 'select 1 from airports'], env)
    emulator.requests.clear()
    const sql = 'select count(*) from airports'
    expect((await run(['sql', sql, '--fresh', 'never'], env)).stdout).toBe('count(*)\n4\n')
    expect((await run(['sql', sql, '--fresh', '5m'], env)).stdout).toBe('count(*)\n4\n')
    expect(emulator.requests.log).toEqual([])
  })

  it.each<[string, readonly string[], string]>([
    [
      'wrong',
      ['select nme from airports'],
      'error: there is no column "nme" (line 1, column 8)\nhint: Did you mean "name"?\n',
    ],
    [
      'of no table',
      ['select 1 from airprots'],
      'error: there is no table "airprots" (line 1, column 15)\nhint: Did you mean "airports"?\n',
    ],
    [
      'that writes',
      ['delete from airports'],
      'error: delete is not allowed here (line 1, column 1)\nhint: Queries begin with SELECT, WITH or VALUES.\n',
    ],
    [
      'without its values',
      ['select :x', '-p', 'y=1'],
      'error: the parameter "x" has no value (line 1, column 8)\n',
    ],
    [
      'of no profile',
      ['select * from prod.airports'],
      'error: there is no profile "prod"\nhint: To create it: clt auth login --profile prod\n',
    ],
  ])('that is %s is not run', async (_, args, message) => {
    expect(await run(['sql', ...args], env)).toEqual({ code: 2, stdout: '', stderr: message })
  })

  it('is stopped at its limit', async () => {
    const endless =
      'with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c'
    const { code, stderr } = await run(['sql', endless, '--timeout', '1'], env)
    expect([code, stderr.split('\n')[0]]).toEqual([
      2,
      'error: the query took longer than 1 s, and was stopped',
    ])
    const { stdout, stderr: messages } = await run(
      ['sql', 'select iata from airports', '--limit', '1'],
      env,
    )
    expect(stdout.split('\n')).toHaveLength(3)
    expect(messages).toContain('only the first row is shown; pass --limit for more')
  })
})

it('stores data privately for its owner', async () => {
  await run(['sql', 'select 1 from airports'], env)
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const { mode } = statSync(join(folder, name))
    if (name.startsWith('chatlayer-tables')) expect([name, mode & 0o077]).toEqual([name, 0])
    if (name.endsWith('.db')) {
      expect(readFileSync(join(folder, name)).includes(emulator.token.split(':')[1] ?? '')).toBe(
        false,
      )
    }
  }
})

describe('the prompt', () => {
  /** @param typed each is typed once the screen shows the text before it */
  async function atPrompt(typed: readonly (readonly [after: string | RegExp, keys: string])[]) {
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
    let screen = ''
    let next = 0
    const look = (): void => {
      const [after, keys] = typed[next] ?? []
      if (after === undefined || keys === undefined) return
      const at = screen.search(after)
      if (at < 0) return
      screen = screen.slice(at + 1)
      next += 1
      stdin.write(keys)
    }
    let all = ''
    const terminal = () => {
      const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 100 })
      stream.on('data', (chunk: Buffer) => {
        all += String(chunk)
        screen += String(chunk)
        setImmediate(look)
      })
      return stream
    }
    const io: Io = {
      stdin,
      stdout: terminal(),
      stderr: terminal(),
      env: { ...env, NO_COLOR: '1' },
      onInterrupt: () => ({ stop: () => undefined }),
    }
    const code = await main(['sql'], io)
    return { code, screen: all }
  }

  it('runs queries of several lines, and continues after an error', async () => {
    const { code, screen } = await atPrompt([
      [/sql> /, 'select iata\r'],
      [/\.\.\.> /, `from airports where state = 'NY';\r`],
      [/JFK[\s\S]*sql> /, 'select nix;\r'],
      [/no column "nix"[\s\S]*sql> /, '.tables\r'],
      [/airports +10[\s\S]*sql> /, '.schema airports\r'],
      [/longitude +numeric[\s\S]*sql> /, '.fresh 5m\r'],
      [/300s[\s\S]*sql> /, '.quit\r'],
    ])
    expect(code).toBe(0)
    expect(screen).toContain('1 row')
    const history = join(folder, 'chatlayer-tables', 'sql-history')
    expect(readFileSync(history, 'utf8')).toContain('select nix;\n')
    expect(statSync(history).mode & 0o077).toBe(0)
  })

  it('stops a query on Ctrl-C, and exits on Ctrl-D', async () => {
    const { code, screen } = await atPrompt([
      [
        /sql> /,
        'with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c;\r',
      ],
      [/from c;/, '\u0003'],
      [/interrupted[\s\S]*sql> /, 'select 41 + 1;\r'],
      [/42[\s\S]*sql> /, '\u0004'],
    ])
    expect(code).toBe(0)
    expect(screen).toContain('error: interrupted')
  })
})
