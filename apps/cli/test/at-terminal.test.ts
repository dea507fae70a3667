/** The program on a terminal: width, colors, progress, Ctrl-C, and a reader that closes the pipe. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BIN, type Env } from './cli.ts'
import { useEmulator } from './fixture.ts'
import { CTRL_C, hasPty, openTerminal } from './pty.ts'

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
        { name: 'city', type: 'text' },
        { name: 'houses', type: 'int' },
      ],
      records: [
        { name: '御池通', city: 'Kyoto 京都', houses: 7 },
        { name: 'Veldstraat', city: null, houses: 1200 },
      ],
    },
  ],
})
const env = { ...connection, HOME: folder }
const LIST = ['records', 'list', 'streets', '--sort', 'houses']

describe.skipIf(!hasPty)('at a terminal', () => {
  it.each([80, 200])('a table is aligned in %i columns', async (columns) => {
    const terminal = openTerminal(LIST, { ...env, NO_COLOR: '1' }, columns)
    expect(await terminal.ended).toBe(0)
    const lines = terminal.screen().split(/\r?\n/).slice(0, 3)
    expect(lines.map((line) => line.slice(36))).toEqual([
      '  name        city        houses',
      '  御池通      Kyoto 京都       7',
      '  Veldstraat  ∅             1200',
    ])
    expect(new Set(lines.map(widthOf)).size).toBe(1)
  })

  it('output has colors, unless NO_COLOR or the terminal turns them off', async () => {
    const codes = async (more: Env) => {
      const terminal = openTerminal(['tables', 'get', 'nonsense'], { ...env, ...more })
      expect(await terminal.ended).toBe(3)
      return terminal.raw().includes('\u001b[31m')
    }
    expect(await codes({})).toBe(true)
    expect(await codes({ NO_COLOR: '1' })).toBe(false)
    expect(await codes({ TERM: 'dumb' })).toBe(false)
  })

  it('an import shows progress, stops cleanly on Ctrl-C, and can be resumed', async () => {
    const rows = Array.from({ length: 2_000 }, (_, row) => `street ${row},Ghent,${row}`)
    const file = join(folder, 'streets.csv')
    await writeFile(file, `name,city,houses\n${rows.join('\n')}\n`)
    const first = openTerminal(['import', 'streets', file], env)
    await first.shows(/[1-9]\d* rows done, .* left/)
    first.type(CTRL_C)
    expect(await first.ended).toBe(130)
    expect(first.screen()).toMatch(/clt jobs resume/)
    const second = openTerminal(['jobs', 'resume'], env)
    expect(await second.ended).toBe(0)
    expect(second.screen()).toContain('0 not sent')
    expect(emulator.tables.records('streets')).toHaveLength(2_002)
  })

  it('Ctrl-C at a question changes nothing', async () => {
    const before = emulator.tables.records('streets').length
    const terminal = openTerminal(['records', 'delete', 'streets', '--all'], env)
    await terminal.shows('[y/N]')
    terminal.type(CTRL_C)
    expect(await terminal.ended).toBe(130)
    expect(emulator.tables.records('streets')).toHaveLength(before)
  })

  it('ends without an error when head closes the pipe', async () => {
    const command = `'${process.execPath}' '${BIN}' ${LIST.join(' ')} | head -n 1; echo "[$PIPESTATUS]"`
    const terminal = openTerminal(['-c', command], env, 80, 'bash')
    await terminal.ended
    expect(terminal.screen().trim().split(/\r?\n/)).toEqual(['id\tname\tcity\thouses', '[0]'])
  })
})

/** The width in terminal columns; Chinese and Japanese characters take two. */
function widthOf(line: string): number {
  return [...line].reduce((sum, sign) => sum + (/\p{Script=Han}/u.test(sign) ? 2 : 1), 0)
}
