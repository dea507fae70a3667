import type { CallToolResult } from '@modelcontextprotocol/server'
import type { Logger } from './logger.ts'
import type { Settings } from './options.ts'
import type { Tool } from './tools/index.ts'

/** What every call of one server shares. */
export interface Setup {
  readonly settings: Settings
  /** Where the connection is read from. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
}

/** Carries out tool calls; always answers, with an error where there is trouble. */
export interface Session {
  call(tool: Tool, args: unknown, signal: AbortSignal): Promise<CallToolResult>
  /** Closes the connections to the gateway, if there are any. */
  close(): Promise<void>
}

/**
 * A session that loads the client at the first call: listing the tools, which every client does at
 * its start, needs none of it.
 */
export function openSession(setup: Setup): Session {
  let runner: Promise<Session> | undefined
  const load = (): Promise<Session> => {
    runner ??= import('./run/runner.ts').then(({ createRunner }) => createRunner(setup))
    return runner
  }
  return {
    call: async (tool, args, signal) => (await load()).call(tool, args, signal),
    close: async () => (await runner)?.close(),
  }
}
