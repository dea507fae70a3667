import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger, type LogLevel } from '../logger.ts'
import type { Settings } from '../options.ts'
import { ServerState } from '../state/server-state.ts'
import { HttpOptionsError, type HttpSettings } from './http-options.ts'
import { serveHttp } from './http-server.ts'
import { TokenFileError } from './token-file.ts'

/** Time to give back what this server holds in its state. */
const STATE_TIMEOUT_MS = 3_000

/**
 * Serves over HTTP until the process gets SIGINT or SIGTERM. Resolves when everything is closed, or with
 * the reason why the server cannot start.
 */
export async function serveUntilSignal(
  settings: Settings,
  http: HttpSettings,
  logLevel: LogLevel,
): Promise<string | undefined> {
  const { env, stderr } = process
  const log = createLogger(logLevel, env.CHATLAYER_TOKEN, (text) => stderr.write(text))
  const signalled = Promise.withResolvers<string>()
  // A second signal has no handler and ends the process at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, signalled.resolve)
  const state = new ServerState({ env, log })
  try {
    const server = await serveHttp({ settings, env, log, state }, http)
    log.info(`serving on ${server.url}`)
    log.info(`ending: ${await signalled.promise}`)
    await server.close()
    // A database that does not respond delays the end no further.
    await Promise.race([state.close(), sleep(STATE_TIMEOUT_MS, undefined, { ref: false })])
    return undefined
  } catch (error) {
    const reason = explain(error)
    if (reason === undefined) throw error
    return reason
  }
}

function explain(error: unknown): string | undefined {
  if (error instanceof HttpOptionsError || error instanceof TokenFileError) return error.message
  if (error instanceof Error && 'syscall' in error && error.syscall === 'listen') {
    return `cannot listen on this address: ${'code' in error ? String(error.code) : error.message}`
  }
  return undefined
}
