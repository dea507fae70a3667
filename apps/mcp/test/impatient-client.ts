/** Clients over HTTP that do not wait for long, of each SDK and era. */
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpV2,
} from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { z } from 'zod'

export const KINDS = ['v1', 'v2 legacy', 'v2'] as const
export type Kind = (typeof KINDS)[number]

interface Patience {
  readonly timeout?: number
  readonly signal?: AbortSignal
}

export interface Answer {
  readonly isError: boolean
  readonly text: string
  readonly data: Record<string, unknown>
}

export interface Impatient {
  call(name: string, args: Record<string, unknown>, patience?: Patience): Promise<Answer>
  /** Sends the notification that cancels a request of this client. */
  cancel(requestId: number): Promise<void>
  close(): Promise<void>
}

const Result = z.object({
  content: z.array(z.object({ text: z.string() })),
  structuredContent: z.record(z.string(), z.unknown()),
  isError: z.boolean().default(false),
})

const INFO = { name: 'impatient', version: '1.0.0' }

export async function openImpatient(kind: Kind, url: string): Promise<Impatient> {
  const { callTool, notify, close } = await connect(kind, new URL(url))
  return {
    async call(name, args, patience = {}) {
      const raw = await callTool({ name, arguments: args }, patience)
      const { content, structuredContent: data, isError } = Result.parse(raw)
      return { isError, data, text: content.map(({ text }) => text).join('\n') }
    },
    cancel: (requestId) => notify({ method: 'notifications/cancelled', params: { requestId } }),
    close,
  }
}

type Call = { name: string; arguments: Record<string, unknown> }
type Cancel = { method: 'notifications/cancelled'; params: { requestId: number } }

async function connect(kind: Kind, url: URL) {
  if (kind === 'v1') {
    const client = new ClientV1(INFO)
    // Under exactOptionalPropertyTypes v1's own transport does not fit v1's own client.
    await client.connect(new HttpV1(url) as Parameters<ClientV1['connect']>[0])
    return {
      callTool: (call: Call, patience: Patience) => client.callTool(call, undefined, patience),
      notify: (cancel: Cancel) => client.notification(cancel),
      close: () => client.close(),
    }
  }
  const mode = kind === 'v2' ? 'auto' : 'legacy'
  const client = new ClientV2(INFO, { versionNegotiation: { mode } })
  await client.connect(new HttpV2(url))
  return {
    callTool: (call: Call, patience: Patience) => client.callTool(call, patience),
    notify: (cancel: Cancel) => client.notification(cancel),
    close: () => client.close(),
  }
}
