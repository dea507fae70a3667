import { setTimeout as sleep } from 'node:timers/promises'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { createLogger, type LogLevel } from './logger.ts'
import type { Settings } from './options.ts'
import { createServer } from './server.ts'
import { openSession } from './session.ts'
import { ServerState } from './state/server-state.ts'
import { allowedTools } from './tools/registry.ts'

/** Time for requests in flight to finish at the end. */
const SHUTDOWN_TIMEOUT_MS = 3_000

/**
 * Serves on stdin and stdout, in the protocol version that the client opens with, until the client closes
 * stdin or the process gets a signal. Resolves when everything is closed.
 */
export async function serve(settings: Settings, logLevel: LogLevel): Promise<void> {
  const { env, stdin, stdout, stderr } = process
  const log = createLogger(logLevel, env.CHATLAYER_TOKEN, (text) => stderr.write(text))
  const state = new ServerState({ env, log })
  const session = openSession({ settings, env, log, state })
  const ended = new Promise<string>((resolve) => {
    for (const event of ['end', 'close']) stdin.once(event, () => resolve('stdin was closed'))
    stdout.once('error', () => resolve('stdout was closed'))
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
  const handle = serveStdio(() => createServer(settings, session), {
    onerror: (error) => log.warn(`protocol: ${error.message}`),
  })
  log.debug(`serving ${allowedTools(settings).length} tools on stdio`)
  log.debug(`ending: ${await ended}`)
  state.stopWaiting()
  await Promise.race([
    handle
      .close()
      .then(() => session.close())
      .then(() => state.close()),
    sleep(SHUTDOWN_TIMEOUT_MS, undefined, { ref: false }),
  ])
}
