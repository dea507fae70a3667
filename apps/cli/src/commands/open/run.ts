/** `clt open`: tables of a bot in the browser. */
import { openBot } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { runPage } from '../../pages/run-page.ts'
import type { Options } from './definition.ts'
import { createSession } from './session.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  if (!options.readOnly) await context.journal.prepare({})
  await using bot = await openBot(context, options)
  const session = createSession(bot, options, context)
  await session.check()
  const { port, browser } = options
  await runPage(context, { page: 'browse', handlers: session.handlers, port, browser })
  // The client must stay open until the last write has ended.
  await session.settled()
  return EXIT.ok
}
