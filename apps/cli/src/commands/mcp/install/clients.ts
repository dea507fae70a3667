/** The MCP clients that can be configured, and the location and format of their configuration. */
import { join, posix, win32 } from 'node:path'

export const MCP_CLIENTS = [
  'claude-desktop',
  'claude-code',
  'cursor',
  'vscode',
  'windsurf',
  'gemini-cli',
  'zed',
] as const
export type McpClient = (typeof MCP_CLIENTS)[number]

/** Properties of the machine and user that determine file locations. */
export interface Place {
  readonly platform: NodeJS.Platform
  readonly home: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface ClientFacts {
  readonly title: string
  /** Property of the configuration that contains the servers by name. */
  readonly member: string
  /** Configuration file of the user. */
  readonly userFile: (place: Place) => string
  /** Configuration file of a project, relative to its folder; undefined if the client has none. */
  readonly projectFile?: string
  /** Syntax for an environment variable of the client. */
  readonly variable?: (name: string) => string
  /** Whether the name of a server may have underscores (default: yes). */
  readonly namesWithUnderscores?: boolean
  /** Further properties of an entry. */
  readonly extra: Readonly<Record<string, unknown>>
}

export const CLIENT_FACTS: Readonly<Record<McpClient, ClientFacts>> = {
  'claude-desktop': {
    title: 'Claude Desktop',
    member: 'mcpServers',
    userFile: (place) => within(place, appData(place), 'Claude', 'claude_desktop_config.json'),
    extra: {},
  },
  'claude-code': {
    title: 'Claude Code',
    member: 'mcpServers',
    userFile: (place) => within(place, place.home, '.claude.json'),
    projectFile: '.mcp.json',
    variable: (name) => `\${${name}}`,
    extra: { type: 'stdio' },
  },
  cursor: {
    title: 'Cursor',
    member: 'mcpServers',
    userFile: (place) => within(place, place.home, '.cursor', 'mcp.json'),
    projectFile: join('.cursor', 'mcp.json'),
    variable: (name) => `\${env:${name}}`,
    extra: {},
  },
  vscode: {
    title: 'VS Code',
    member: 'servers',
    userFile: (place) => within(place, appData(place), 'Code', 'User', 'mcp.json'),
    projectFile: join('.vscode', 'mcp.json'),
    variable: (name) => `\${env:${name}}`,
    extra: { type: 'stdio' },
  },
  windsurf: {
    title: 'Windsurf',
    member: 'mcpServers',
    userFile: (place) => within(place, place.home, '.codeium', 'windsurf', 'mcp_config.json'),
    variable: (name) => `\${env:${name}}`,
    extra: {},
  },
  'gemini-cli': {
    title: 'Gemini CLI',
    // It separates the names of server and tool by one.
    namesWithUnderscores: false,
    member: 'mcpServers',
    userFile: (place) => within(place, place.home, '.gemini', 'settings.json'),
    projectFile: join('.gemini', 'settings.json'),
    variable: (name) => `$${name}`,
    extra: {},
  },
  zed: {
    title: 'Zed',
    member: 'context_servers',
    userFile: (place) => {
      const zed = place.platform === 'win32' ? ['Zed'] : ['zed']
      const folder = place.platform === 'darwin' ? config(place) : appData(place)
      return within(place, folder, ...zed, 'settings.json')
    },
    projectFile: join('.zed', 'settings.json'),
    extra: {},
  },
}

function within({ platform }: Place, ...parts: string[]): string {
  return (platform === 'win32' ? win32 : posix).join(...parts)
}

/** Settings folder of desktop programs. */
function appData(place: Place): string {
  const { platform, home, env } = place
  if (platform === 'win32') return env.APPDATA || win32.join(home, 'AppData', 'Roaming')
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support')
  return config(place)
}

function config({ home, env }: Place): string {
  return env.XDG_CONFIG_HOME || posix.join(home, '.config')
}
