/** Serves a page, opens it in the browser, and waits until the user ends it. */
import type { Context } from '../context.ts'
import { openInBrowser } from './open-browser.ts'
import { type EndReason, IDLE_MS, type PageOptions, servePage } from './page-server.ts'

export interface RunPageOptions extends Omit<PageOptions, 'signal' | 'messages'> {
  /** Whether to start the browser. */
  readonly browser: boolean
}

/**
 * Prints the URL on stdout, since it is what the command makes. Its secret is valid until the server
 * ends: at Ctrl-C, when the terminal is closed, or after a time without requests.
 */
export async function runPage(context: Context, options: RunPageOptions): Promise<EndReason> {
  const { out, messages, io, json, stop: signal } = context
  await using server = await servePage({ ...options, signal, messages })
  const minutes = Math.round((options.idleMs ?? IDLE_MS) / 60_000)
  const how = `The page ends with Ctrl-C, or after ${minutes} minutes without use.`
  await out.write(json ? `${JSON.stringify({ url: server.url })}\n` : `${server.url}\n`)
  if (options.browser) {
    const browser = await openInBrowser(server.url, io.env)
    try {
      if (!browser.isStarted) await messages.say('no browser was started; open the URL yourself')
      await messages.note(how)
      await server.opened
    } finally {
      await browser.remove()
    }
  } else await messages.note(how)
  const reason = await server.ended
  if (reason === 'idle')
    await messages.say(`the page was not used for ${minutes} minutes; it has ended`)
  return reason
}
