/** Logs each request on one line for `--verbose`, without headers, bodies and tokens. */
import type { Hooks, RequestEvent } from '@chatlayer-tables/core'
import type { Context } from '../context.ts'

/** Listeners for a client; none unless `--verbose` is passed. */
export function requestLog({ messages }: Pick<Context, 'messages'>): { readonly hooks?: Hooks } {
  if (!messages.isVerbose) return {}
  const log = (text: string): void => void messages.detail(text)
  const hooks: Hooks = {
    onRequest: (event) => log(`> ${named(event)}`),
    onResponse({ status, durationMs, failure, ...event }) {
      const outcome = status === undefined ? (failure?.message ?? 'no response') : String(status)
      const why = status !== undefined && failure !== undefined ? `: ${failure.message}` : ''
      log(`< ${named(event)} ${outcome} in ${Math.round(durationMs)} ms${why}`)
    },
    onRetry: ({ delayMs, why, ...event }) =>
      log(`${named(event)} retried in ${Math.round(delayMs)} ms: ${why}`),
  }
  return { hooks }
}

function named({ id, action, method, path, attempt }: RequestEvent): string {
  const what = action === undefined ? '' : ` (${action})`
  return `#${id} ${method} ${path}${what}${attempt > 1 ? `, attempt ${attempt},` : ''}`
}
