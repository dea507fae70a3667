import type { CallToolResult, InputRequiredResult } from '@modelcontextprotocol/server'
import type { Logger } from './logger.ts'
import type { RequestFacts } from './request-facts.ts'
import type { Settings } from './settings.ts'
import type { Tool } from './tools/registry.ts'

/** What every call of one server shares. */
export interface Setup {
  readonly settings: Settings
  /** Where the connection is read from. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
}

/** Carries out tool calls; always answers, with an error where there is trouble. */
export interface Session {
  /** @param facts those of {@link RequestFacts}; without them nobody can be asked or told of progress */
  call(
    tool: Tool,
    args: unknown,
    signal: AbortSignal,
    facts?: RequestFacts,
  ): Promise<CallToolResult | InputRequiredResult>
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
    runner ??= import('./call/runner.ts').then(({ createRunner }) => createRunner(setup))
    return runner
  }
  return {
    call: async (tool, args, signal, facts) => (await load()).call(tool, args, signal, facts),
    close: async () => (await runner)?.close(),
  }
}
