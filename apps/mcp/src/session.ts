import type { CallToolResult, InputRequiredResult } from '@modelcontextprotocol/server'
import type { Logger } from './logger.ts'
import type { RequestFacts } from './request-facts.ts'
import type { Settings } from './settings.ts'
import type { ServerState } from './state/server-state.ts'
import type { ToolDefinition } from './tools/define-tool.ts'

/** The setup that all calls of one server share. */
export interface Setup {
  readonly settings: Settings
  /** The environment variables with the connection. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  /** Closed by who creates it, after the sessions. */
  readonly state: ServerState
}

/** Runs tool calls. Failures are returned as error results, never thrown. */
export interface Session {
  /** @param facts about the request; without them the user cannot be asked and gets no progress */
  call(
    tool: ToolDefinition,
    args: unknown,
    signal: AbortSignal,
    facts?: RequestFacts,
  ): Promise<CallToolResult | InputRequiredResult>
  /** Closes the connections to the gateway. */
  close(): Promise<void>
}

/**
 * Opens a session that loads the client at the first call: listing the tools, which every MCP client does
 * at its start, does not need it.
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
