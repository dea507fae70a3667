/** Runs the built server, and exchanges messages line by line. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { BIN, type Environment } from './clients.ts'

export interface ServerProcess {
  readonly child: ChildProcessWithoutNullStreams
  send(message: Record<string, unknown>): void
  /** Resolves with the response to a request. */
  answer(id: number): Promise<Record<string, unknown>>
  stdout(): string
  stderr(): string
  /** Resolves when the process has ended. */
  ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

export function startServer(
  env: Environment,
  flags: readonly string[] = [],
  bin = BIN,
): ServerProcess {
  const child = spawn(process.execPath, [bin, ...flags], { env })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const closed = once(child, 'close')
  return {
    child,
    send: (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`),
    async answer(id) {
      for (;;) {
        const found = messagesOf(stdout).find((message) => message.id === id)
        if (found !== undefined) return found
        await Promise.race([
          once(child.stdout, 'data'),
          closed.then(() => {
            throw new Error(`the server ended without an answer to ${id}: ${stderr}`)
          }),
        ])
      }
    },
    stdout: () => stdout,
    stderr: () => stderr,
    async ended() {
      const [code, signal] = await closed
      return { code, signal }
    },
  }
}

/** The complete lines of stdout, each a message. */
export function messagesOf(stdout: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

export const INITIALIZE = {
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'raw', version: '1' },
  },
}
