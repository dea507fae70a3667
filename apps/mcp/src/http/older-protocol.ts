/** What this server reads of a request of the older protocol: whether it connects, and what it cancels. */
import { z } from 'zod'
import { declaresViews } from '../views/declared.ts'

const Initialize = z.object({
  method: z.literal('initialize'),
  params: z.object({
    clientInfo: z.object({ name: z.string() }).optional().catch(undefined),
    capabilities: z.unknown(),
  }),
})
const Cancelled = z.object({
  method: z.literal('notifications/cancelled'),
  params: z.object({ requestId: z.union([z.string(), z.number()]) }),
})

export interface OlderMessages {
  /** Set if the client connects; its name if it gives one, and whether it shows views. */
  readonly connects:
    | { readonly client: string | undefined; readonly showsViews: boolean }
    | undefined
  /** The ids of the requests that it cancels. */
  readonly cancels: readonly (string | number)[]
}

/** Most requests are neither, and are not parsed. */
const WORTH_PARSING = /"(?:initialize|notifications\/cancelled|notifications\\\/cancelled)"/

/** @param body one message or, in the oldest revision, a batch */
export function readOlderMessages(body: string): OlderMessages {
  if (!WORTH_PARSING.test(body)) return { connects: undefined, cancels: [] }
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    // Reported by the protocol handler.
  }
  const messages: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  return {
    connects: messages
      .map((message) => Initialize.safeParse(message).data?.params)
      .filter((params) => params !== undefined)
      .map(({ clientInfo, capabilities }) => ({
        client: clientInfo?.name,
        showsViews: declaresViews(capabilities),
      }))[0],
    cancels: messages.flatMap((message) => {
      const { success, data } = Cancelled.safeParse(message)
      return success ? [data.params.requestId] : []
    }),
  }
}
