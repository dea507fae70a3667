/** `app/api/hours/route.ts` of a Next.js app: the opening hours of a store, as the bot has them. */
import { type Client, clientFromEnvironment, isChatlayerError } from '@chatlayer-tables/core'
import { z } from 'zod'

// The client needs Node's sockets, which the edge runtime does not have.
export const runtime = 'nodejs'

const Hours = z.object({
  store: z.string(),
  weekday: z.int(),
  opens: z.string(),
  closes: z.string(),
})

/**
 * One client for the process: it holds the connections and the pace. `next dev` loads this module again after
 * each change, so the client is kept outside of it. It is created at the first request, since `next build` loads
 * the module too, without the environment of production.
 */
const shared = globalThis as { tables?: Client }
function tables(): Client {
  shared.tables ??= clientFromEnvironment(process.env, { version: 'LIVE', timeoutMs: 5_000 })
  return shared.tables
}

export async function GET(request: Request): Promise<Response> {
  const store = new URL(request.url).searchParams.get('store')
  if (store === null) return Response.json({ error: 'store is missing' }, { status: 400 })
  try {
    const hours = await tables()
      .table('hours', Hours)
      // The signal ends the read when the visitor leaves.
      .records({ where: { store }, sort: 'weekday' }, { signal: request.signal })
      .toArray({ limit: 7 })
    return Response.json(
      hours.map(({ values }) => values),
      { headers: { 'cache-control': 'public, max-age=60' } },
    )
  } catch (error) {
    if (!isChatlayerError(error)) throw error
    console.error(error)
    const isBusy = error.code === 'RATE_LIMITED'
    return Response.json({ error: 'not available now' }, { status: isBusy ? 429 : 503 })
  }
}
