/** Output longer than the screen, in a pager. */
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pagerCommand } from '../src/output/pager.ts'
import { BIN } from './cli.ts'
import { useEmulator } from './fixture.ts'
import { hasPty, openTerminal } from './pty.ts'

const records = Array.from({ length: 2_500 }, (_, n) => ({ name: `street ${n}`, n }))
const {
  emulator,
  env: connection,
  folder,
} = await useEmulator({
  keep: true,
  tables: [
    {
      name: 'streets',
      columns: [
        { name: 'name', type: 'text' },
        { name: 'n', type: 'int' },
      ],
      records,
    },
  ],
})
const seen = join(folder, 'seen')
const pager = join(folder, 'pager')
const env = { ...connection, HOME: folder, PAGER: pager }
// A pager that keeps what it gets.
await writeFile(pager, `#!/bin/sh\ncat > '${seen}'\necho "paged with LESS=$LESS"\n`)
await chmod(pager, 0o755)

/** What the pager got, and what the terminal shows. */
async function paged(args: readonly string[], more: Record<string, string> = {}) {
  await writeFile(seen, '')
  const terminal = openTerminal(args, { ...env, ...more })
  const code = await terminal.ended
  return { code, screen: terminal.screen(), seen: await readFile(seen, 'utf8') }
}

const LIST = ['records', 'list', 'streets', '--select', 'name']

describe.skipIf(!hasPty)('a pager', () => {
  it('gets rows that are more than the screen has lines, with colors; messages follow', async () => {
    const result = await paged([...LIST, '--limit', '60'])
    expect(result.code).toBe(0)
    expect(result.seen).toContain('\u001b[1m')
    expect(result.seen.split('\n')).toHaveLength(62)
    expect(result.screen.replace(/\r/g, '')).toBe(
      'paged with LESS=FRX\n60 records of "streets" (DRAFT)\n',
    )
  })

  it('is not used for output that fits, for JSON and CSV, or if it is off', async () => {
    for (const [args, more] of [
      [[...LIST, '--limit', '5']],
      [[...LIST, '--limit', '60', '--json']],
      [[...LIST, '--limit', '60', '--csv']],
      [[...LIST, '--limit', '60', '--no-pager']],
      [[...LIST, '--limit', '60'], { PAGER: 'cat' }],
      [[...LIST, '--limit', '60'], { PAGER: '' }],
      [[...LIST, '--limit', '60'], { TERM: 'dumb' }],
    ] as const) {
      const result = await paged(args, more)
      expect(result).toMatchObject({ code: 0, seen: '' })
      expect(result.screen).toContain('street 4')
    }
  })

  it.each(['no-such-pager', 'no-such-pager -R', '/none/less -R'])(
    'that does not exist loses no output: %s',
    async (command) => {
      const { code, screen } = await paged([...LIST, '--limit', '60'], { PAGER: command })
      expect(code).toBe(0)
      expect(screen).toContain(`there is no pager "${command.split(' ')[0]}"`)
      expect(screen.match(/street \d+/g)).toHaveLength(60)
    },
  )

  it('is not used in a pipe', async () => {
    await writeFile(seen, '')
    const command = `'${process.execPath}' '${BIN}' ${LIST.join(' ')} --limit 60 | wc -l`
    const terminal = openTerminal(['-c', command], env, 80, 'sh')
    await terminal.ended
    expect(terminal.screen().trim()).toBe('61')
    expect(await readFile(seen, 'utf8')).toBe('')
  })

  it('gets the first rows before the last are read; closing it early is no error', async () => {
    const before = emulator.requests.log.length
    const result = await paged(LIST, { PAGER: 'head -n 3' })
    expect(result.code).toBe(0)
    expect(result.screen).not.toContain('error')
    expect(result.screen.trim().split('\n')).toHaveLength(3)
    expect(emulator.requests.log.length - before).toBeLessThan(25)
  })

  it('shows the output of other commands that list or explain', async () => {
    for (const args of [
      ['sql', 'select n from streets limit 60'],
      ['diff', 'streets', 'streets@live', '--key', 'n'],
    ]) {
      const { seen: text } = await paged(args)
      expect(text, args.join(' ')).not.toBe('')
    }
  })

  it('is not needed for a message after many records on a terminal', async () => {
    const result = await paged([...LIST, '--no-pager'])
    expect(result.screen).toContain(
      '1,000 of 2,500 records shown, more follow. Ctrl-C stops. To write them to a file: clt export streets -o file.csv',
    )
    const last = await paged(LIST)
    expect(last.screen).toContain('To write them to a file: clt export streets -o file.csv')
    expect(last.screen).not.toContain('Ctrl-C')
  })
})

describe('pagerCommand', () => {
  it('is PAGER, or a program of this machine', () => {
    expect(pagerCommand({ PAGER: 'most -s' })).toBe('most -s')
    expect(pagerCommand({ PAGER: ' ', PATH: '/usr/bin' })).toBeUndefined()
    expect(pagerCommand({ PATH: '/none' }, 'linux')).toBeUndefined()
    expect(pagerCommand({ PATH: `/none:${folder}` }, 'linux')).toBeUndefined()
    expect(pagerCommand({}, 'win32')).toBe('more.com')
  })
})
