/** `clt try` and `clt` alone, as the built program. */
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Env, makeFolder, run, start } from './cli.ts'
import { hasPty, openTerminal } from './pty.ts'

let folder: string
let remove: () => Promise<void>
let home: Env

beforeAll(async () => {
  ;({ folder, remove } = await makeFolder())
  home = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config') }
})

afterAll(() => remove())

function isGone(url: string): Promise<boolean> {
  return fetch(url).then(
    () => false,
    () => true,
  )
}

describe('clt try', () => {
  it('runs a command with sample tables, independent of the environment', async () => {
    const leftovers = {
      ...home,
      CHATLAYER_TOKEN: 'left:over-from-elsewhere',
      CHATLAYER_REGION: 'eu',
      CHATLAYER_PROFILE: 'prod',
      CHATLAYER_TABLE_VERSION: 'LIVE',
    }
    const script = [
      'clt records list stores --where "code = GNT" --select name,bikes',
      'clt records list stores@live --where "code = GNT" --select bikes',
      'clt records list faq --where "answer is null" --select language',
      'clt records list leads --where "budget > 4000" --select reference',
      'clt records update stores --where "code = GNT" --set bikes=85 --yes',
      'exit 7',
    ].join(' && ')
    const { code, stdout } = await run(['try', '--', 'sh', '-c', script], leftovers)
    expect(code).toBe(7)
    const values = stdout.split('\n').map((line) => line.split('\t').slice(1).join(' '))
    expect(values).toEqual([
      'name bikes',
      'Velo Ghent 84',
      'bikes',
      '79',
      'language',
      'fr',
      'reference',
      'L-0010',
      '',
    ])
  })

  it('passes stdin to the command, and leaves no files', async () => {
    const script = 'cat; echo "$CHATLAYER_BASE_URL"; command -v clt'
    const { code, stdout } = await run(['try', '--', 'sh', '-c', script], home, 'piped in\n')
    expect(code).toBe(0)
    const [piped, url = '', clt = ''] = stdout.split('\n')
    expect(piped).toBe('piped in')
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(await isGone(url)).toBe(true)
    expect(await readdir(tmpdir())).not.toContain(clt.split('/').at(-2))
  })

  it('stops the command when it receives an end signal', async () => {
    const { child, result } = start(['try', '--', 'sh', '-c', 'echo begun; exec sleep 600'], home)
    child.stdout?.once('data', () => child.kill('SIGTERM'))
    expect((await result).code).toBe(143)
  })

  it('reports its requirements, and a missing program', async () => {
    const withoutTerminal = await run(['try'], home)
    expect(withoutTerminal.code).toBe(2)
    expect(withoutTerminal.stderr).toContain('clt try -- clt tables list')
    const missing = await run(['try', '--', 'no-such-program'], home)
    expect(missing.code).toBe(2)
    expect(missing.stderr).toContain('cannot start no-such-program: there is no such program')
  })

  it.skipIf(!hasPty)('opens a shell on a terminal', async () => {
    const terminal = openTerminal(['try'], home)
    await terminal.shows('This shell is connected to a sample bot')
    terminal.type('clt tables list | cut -f1\r')
    await terminal.shows(/stores\s+faq\s+leads/)
    terminal.type('exit 3\r')
    expect(await terminal.ended).toBe(3)
    expect(terminal.screen()).toContain('The sample tables were removed')
  })
})

describe('clt without arguments', () => {
  const commandsOf = (stdout: string) =>
    stdout.split('\n').flatMap((line) => /^ {2}(clt .*?) {2}/.exec(line)?.[1] ?? [])

  it('shows its purpose, and how to start', async () => {
    const { code, stdout, stderr } = await run([], home)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('Work with Chatlayer bot tables: ')
    expect(commandsOf(stdout)).toEqual(['clt try', 'clt auth login', 'clt import --help'])
  })

  it('shows the connection, and the next steps', async () => {
    const { stdout } = await run(['try', '--', 'clt'], home)
    expect(stdout).toMatch(/^Connected by the environment: bot \w+, http:/m)
    expect(commandsOf(stdout)).toEqual([
      'clt tables list',
      'clt records list <table>',
      'clt import <table> <file>',
    ])
  })

  it('reports invalid settings', async () => {
    const { code, stdout, stderr } = await run([], { ...home, CHATLAYER_PROFILE: 'gone' })
    expect(code).toBe(0)
    expect(stderr).toContain('there is no profile "gone"')
    expect(commandsOf(stdout)[0]).toBe('clt doctor')
  })
})
