import { describe, expect, it } from 'vitest'
import { CLIENT_FACTS, MCP_CLIENTS, type Place } from './clients.ts'

const PLACES: Readonly<Record<string, Place>> = {
  mac: { platform: 'darwin', home: '/Users/ann', cwd: '/', env: {} },
  linux: { platform: 'linux', home: '/home/ann', cwd: '/', env: {} },
  windows: {
    platform: 'win32',
    home: 'C:\\Users\\ann',
    cwd: 'C:\\',
    env: { APPDATA: 'C:\\Users\\ann\\AppData\\Roaming' },
  },
}

describe('configuration files of clients', () => {
  it.each([
    [
      'claude-desktop',
      'mac',
      '/Users/ann/Library/Application Support/Claude/claude_desktop_config.json',
    ],
    ['claude-desktop', 'linux', '/home/ann/.config/Claude/claude_desktop_config.json'],
    [
      'claude-desktop',
      'windows',
      'C:\\Users\\ann\\AppData\\Roaming\\Claude\\claude_desktop_config.json',
    ],
    ['claude-code', 'mac', '/Users/ann/.claude.json'],
    ['claude-code', 'windows', 'C:\\Users\\ann\\.claude.json'],
    ['cursor', 'linux', '/home/ann/.cursor/mcp.json'],
    ['vscode', 'mac', '/Users/ann/Library/Application Support/Code/User/mcp.json'],
    ['vscode', 'linux', '/home/ann/.config/Code/User/mcp.json'],
    ['vscode', 'windows', 'C:\\Users\\ann\\AppData\\Roaming\\Code\\User\\mcp.json'],
    ['windsurf', 'linux', '/home/ann/.codeium/windsurf/mcp_config.json'],
    ['gemini-cli', 'mac', '/Users/ann/.gemini/settings.json'],
    ['zed', 'mac', '/Users/ann/.config/zed/settings.json'],
    ['zed', 'windows', 'C:\\Users\\ann\\AppData\\Roaming\\Zed\\settings.json'],
  ] as const)('%s on %s: %s', (client, place, file) => {
    expect(CLIENT_FACTS[client].userFile(PLACES[place]!)).toBe(file)
  })

  it('follow XDG_CONFIG_HOME', () => {
    const place = { ...PLACES.linux!, env: { XDG_CONFIG_HOME: '/cfg' } }
    expect(CLIENT_FACTS.vscode.userFile(place)).toBe('/cfg/Code/User/mcp.json')
  })

  it('are known for every client', () => {
    for (const client of MCP_CLIENTS) {
      for (const place of Object.values(PLACES)) {
        expect(CLIENT_FACTS[client].userFile(place)).toMatch(/\.json$/)
      }
    }
  })
})
