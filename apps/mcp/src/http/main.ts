import { createLogger, type LogLevel } from '../logger.ts'
import type { Settings } from '../options.ts'
import { HttpOptionsError, type HttpSettings } from './http-options.ts'
import { serveHttp } from './http-server.ts'
import { TokenFileError } from './token-file.ts'

/**
 * Serves over HTTP until the process is told to end. Resolves once all is closed, or with what keeps
 * the server from starting.
 */
export async function serveUntilSignal(
  settings: Settings,
  http: HttpSettings,
  logLevel: LogLevel,
): Promise<string | undefined> {
  const { env, stderr } = process
  const log = createLogger(logLevel, env.CHATLAYER_TOKEN, (text) => stderr.write(text))
  const told = Promise.withResolvers<string>()
  // A second one meets nobody, and ends the process at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, told.resolve)
  try {
    const server = await serveHttp({ settings, env, log }, http)
    log.info(`serving on ${server.url}`)
    log.info(`ending: ${await told.promise}`)
    await server.close()
    return undefined
  } catch (error) {
    const trouble = explain(error)
    if (trouble === undefined) throw error
    return trouble
  }
}

function explain(error: unknown): string | undefined {
  if (error instanceof HttpOptionsError || error instanceof TokenFileError) return error.message
  if (error instanceof Error && 'syscall' in error && error.syscall === 'listen') {
    return `cannot listen there: ${'code' in error ? String(error.code) : error.message}`
  }
  return undefined
}
