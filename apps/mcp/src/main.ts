import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { createLogger, type LogLevel } from './logger.ts'
import type { Settings } from './options.ts'
import { createServer } from './server.ts'
import { openSession } from './session.ts'
import { allowedTools } from './tools/index.ts'

/**
 * Serves on this process's stdin and stdout until the client closes stdin or the process is told to
 * end; both protocol eras, as the client opens. Resolves once all is closed.
 */
export async function serve(settings: Settings, logLevel: LogLevel): Promise<void> {
  const { env, stdin, stderr } = process
  const log = createLogger(logLevel, env.CHATLAYER_TOKEN, (text) => stderr.write(text))
  const session = openSession({ settings, env, log })
  const ended = new Promise<string>((resolve) => {
    stdin.once('end', () => resolve('the client closed the connection'))
    stdin.once('close', () => resolve('the client closed the connection'))
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
  const handle = serveStdio(() => createServer(settings, session), {
    onerror: (error) => log.warn(`protocol: ${error.message}`),
  })
  log.debug(`serving ${allowedTools(settings).length} tools on stdio`)
  log.debug(`ending: ${await ended}`)
  await handle.close()
  await session.close()
}
