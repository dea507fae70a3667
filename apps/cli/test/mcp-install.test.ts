import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { start } from './cli.ts'

const TOKEN = 'a1b2c3d4e5f6a1b2c3d4e5f6:abcdefghijklmnopqrstuvwxyz012345'
const CONNECTION = {
  CHATLAYER_TOKEN: TOKEN,
  CHATLAYER_REGION: 'eu',
  CHATLAYER_TEAM_ID: 'team-1',
  CHATLAYER_BOT_ID: 'bot-1',
}

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'clt-mcp-'))
})

afterEach(() => rmSync(home, { recursive: true }))

function install(args: readonly string[], env: Record<string, string> = CONNECTION) {
  const own = { HOME: home, USERPROFILE: home, ...env }
  return start(['mcp', 'install', ...args], own, home).result
}

const cursor = () => join(home, '.cursor', 'mcp.json')
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'))

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

describe('clt mcp install', () => {
  it('adds the server, shows the change, and does not store the token', async () => {
    write(cursor(), '{\n  "mcpServers": {\n    "other": { "env": { "KEY": "s3cret" } }\n  }\n}\n')
    const { code, stdout, stderr } = await install(['--client', 'cursor', '--yes'])
    expect(code).toBe(0)
    expect(stdout).toBe('')
    expect(stderr).toContain('+     "chatlayer-tables": {')
    expect(stderr).not.toContain(TOKEN)
    expect(read(cursor()).mcpServers).toEqual({
      other: { env: { KEY: 's3cret' } },
      'chatlayer-tables': {
        command: 'npx',
        args: ['-y', '@chatlayer-tables/mcp'],
        env: {
          CHATLAYER_TOKEN: expect.stringMatching(/^\$\{env:CHATLAYER_TOKEN\}$/),
          CHATLAYER_REGION: 'eu',
          CHATLAYER_TEAM_ID: 'team-1',
          CHATLAYER_BOT_ID: 'bot-1',
        },
      },
    })
    const again = await install(['--client', 'cursor', '--yes'])
    expect(again.stderr).toContain('nothing was changed')
  })

  it('writes the token if requested, and never shows it', async () => {
    const file = join(home, '.claude.json')
    const { code, stderr } = await install(['--client', 'claude-code', '--write-token', '--yes'])
    expect(code).toBe(0)
    expect(stderr).not.toContain(TOKEN)
    expect(stderr).toContain('unencrypted')
    expect(read(file).mcpServers['chatlayer-tables'].env.CHATLAYER_TOKEN).toBe(TOKEN)
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('prints the entry, and writes nothing', async () => {
    const { code, stdout } = await install(
      ['--client', 'vscode', '--name', 'shop', '--print', '--', '--read-only'],
      {},
    )
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      servers: {
        shop: {
          type: 'stdio',
          command: 'npx',
          args: ['-y', '@chatlayer-tables/mcp', '--read-only'],
          env: { CHATLAYER_TOKEN: expect.stringMatching(/^\$\{env:CHATLAYER_TOKEN\}$/) },
        },
      },
    })
    expect(() => statSync(join(home, '.config'))).toThrow()
  })

  it('lists the values to fill in', async () => {
    const { code, stderr } = await install(['--client', 'windsurf', '--yes'], {})
    expect(code).toBe(0)
    expect(stderr).toContain('CHATLAYER_REGION, CHATLAYER_TEAM_ID, CHATLAYER_BOT_ID')
  })

  it('does not show a token that it removes or replaces', async () => {
    const args = ['--client', 'cursor', '--write-token', '--yes']
    await install(args)
    const next = { ...CONNECTION, CHATLAYER_TOKEN: 'other-user:other-password' }
    const replaced = await install(args, next)
    const removed = await install(['--client', 'cursor', '--remove', '--yes'], next)
    for (const { code, stderr } of [replaced, removed]) {
      expect(code).toBe(0)
      expect(stderr).toContain('-         "CHATLAYER_TOKEN": "(the token)"')
      expect(stderr).not.toContain(TOKEN)
      expect(stderr).not.toContain('other-password')
    }
  })

  it('removes the server, and keeps the rest', async () => {
    await install(['--client', 'cursor', '--yes'])
    const { code, stderr } = await install(['--client', 'cursor', '--remove', '--yes'])
    expect(code).toBe(0)
    expect(stderr).toMatch(/^- .*chatlayer-tables/m)
    expect(read(cursor())).toEqual({ mcpServers: {} })
    expect((await install(['--client', 'cursor', '--remove', '--yes'])).stderr).toContain(
      'nothing was changed',
    )
  })

  it.skipIf(process.platform === 'win32')('keeps a link a link', async () => {
    const real = join(home, 'dotfiles.json')
    writeFileSync(real, '{}')
    mkdirSync(dirname(cursor()))
    symlinkSync(real, cursor())
    await install(['--client', 'cursor', '--yes'])
    expect(read(real)).toHaveProperty('mcpServers')
  })

  it('does not ask without a terminal, and changes nothing', async () => {
    const { code, stderr } = await install(['--client', 'cursor'])
    expect(code).toBe(2)
    expect(stderr).toContain('--yes')
    expect(() => statSync(cursor())).toThrow()
  })

  it.each([
    [
      'a file that is not JSON',
      '{"mcpServers":',
      ['--client', 'cursor', '--yes'],
      /must be a JSON object/,
    ],
    ['another shape', '{"mcpServers":[]}', ['--client', 'cursor', '--yes'], /"mcpServers"/],
    [
      'a project where there is none',
      '',
      ['--client', 'windsurf', '--project'],
      /does not support project configuration/,
    ],
    ['an unknown client', '', ['--client', 'netscape'], /claude-desktop/],
    ['no client', '', [], /--client/],
  ])('rejects %s, and does not change the file', async (_what, text, args, said) => {
    write(cursor(), text)
    const { code, stderr } = await install(args)
    expect(code).toBe(2)
    expect(stderr).toMatch(said)
    expect(readFileSync(cursor(), 'utf8')).toBe(text)
  })

  it('rejects writing a missing token', async () => {
    const { code } = await install(['--client', 'cursor', '--write-token', '--yes'], {})
    expect(code).toBe(2)
  })
})
