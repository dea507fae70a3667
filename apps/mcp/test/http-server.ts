/** Starts the built server on a free port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BIN, type Environment } from './clients.ts'

export interface HttpProcess {
  readonly url: string
  readonly child: ChildProcess
  stderr(): string
  /** Ends the process and resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Hides the token file of the user who runs the tests. */
const NO_TOKENS = { XDG_CONFIG_HOME: join(tmpdir(), 'chatlayer-tables-mcp-no-such-folder') }

/** Resolves when the server listens; rejects with its output if it ends instead. */
export async function startHttpServer(
  env: Environment,
  flags: readonly string[] = [],
  address = '127.0.0.1:0',
): Promise<HttpProcess> {
  const child = spawn(process.execPath, [BIN, '--http', address, ...flags], {
    env: { ...NO_TOKENS, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  const ended = once(child, 'close')
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
      const found = /serving on (\S+)/.exec(stderr)?.[1]
      if (found !== undefined) resolve(found)
    })
    ended.then(([code]) => reject(new Error(`exit ${code}: ${stderr}`)))
  })
  return {
    url,
    child,
    stderr: () => stderr,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const [code] = await ended
      return code
    },
  }
}
