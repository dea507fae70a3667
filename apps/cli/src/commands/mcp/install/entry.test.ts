import { expect, it } from 'vitest'
import { CLIENT_FACTS, MCP_CLIENTS } from './clients.ts'
import { entryFor } from './entry.ts'

const variables = { CHATLAYER_REGION: 'eu' }

it('starts the server through npx, with its options', () => {
  expect(
    entryFor(CLIENT_FACTS['claude-desktop'], {
      platform: 'darwin',
      variables,
      serverArgs: ['--read-only'],
    }),
  ).toEqual({
    command: 'npx',
    args: ['-y', '@chatlayer-tables/mcp', '--read-only'],
    env: variables,
  })
})

it('uses cmd on Windows, where npx is a batch file', () => {
  expect(
    entryFor(CLIENT_FACTS.cursor, { platform: 'win32', variables, serverArgs: [] }),
  ).toMatchObject({ command: 'cmd', args: ['/c', 'npx', '-y', '@chatlayer-tables/mcp'] })
})

it.each(MCP_CLIENTS)('has no token for %s, at most a reference to it', (client) => {
  const { env } = entryFor(CLIENT_FACTS[client], { platform: 'linux', variables, serverArgs: [] })
  const { CHATLAYER_TOKEN = '$CHATLAYER_TOKEN' } = env as Record<string, string>
  expect(CHATLAYER_TOKEN).toMatch(/^\$(\{(env:)?CHATLAYER_TOKEN\}|CHATLAYER_TOKEN)$/)
})
