/** Servers of the benchmarks, each in a separate process, so that only the client is measured. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ThrottlerSetting } from './throttler-server.ts'

/** The token, team and bot of every server. */
export const IDENTITY = { token: 'bench:bench-password', teamId: 't', botId: 'b' }

export interface BenchServer {
  readonly origin: string
  readonly token: string
  readonly teamId: string
  readonly botId: string
  stop(): Promise<void>
}

/**
 * The bare server, which accepts every request and returns the same response.
 *
 * @param stored the number of stored records, which reads return in pages (default: always the same page)
 */
export async function startSink(stored?: number): Promise<BenchServer> {
  const args = stored === undefined ? [] : [String(stored)]
  const child = spawn(process.execPath, [path('sink-server.ts'), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const port = await firstLine(child)
  return {
    origin: `http://127.0.0.1:${port}`,
    ...IDENTITY,
    stop: () => stop(child),
  }
}

/** A server with the real `@nestjs/throttler`. */
export async function startThrottler(setting: ThrottlerSetting): Promise<BenchServer> {
  const child = spawn(process.execPath, [path('throttler-server.ts'), JSON.stringify(setting)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const port = await firstLine(child)
  return { origin: `http://127.0.0.1:${port}`, ...IDENTITY, stop: () => stop(child) }
}

/** The emulator, with flags of its command line. */
export async function startEmulator(flags: readonly string[]): Promise<BenchServer> {
  const { token, teamId, botId } = IDENTITY
  const bin = path('../packages/emulator/dist/bin.js')
  const child = spawn(process.execPath, [bin, '--port', '0', '--json', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      CHATLAYER_TOKEN: token,
      CHATLAYER_TEAM_ID: teamId,
      CHATLAYER_BOT_ID: botId,
    },
  })
  const { url } = JSON.parse(await firstLine(child))
  return { origin: url, ...IDENTITY, stop: () => stop(child) }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the server has no standard output')
  const [line] = await once(createInterface(child.stdout), 'line')
  return String(line)
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url))
}
