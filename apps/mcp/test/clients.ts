/** The two generations of clients, over stdio and HTTP, with one face. */

import { fileURLToPath } from 'node:url'
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpTransportV2,
} from '@modelcontextprotocol/client'
import { StdioClientTransport as TransportV2 } from '@modelcontextprotocol/client/stdio'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as HttpTransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { z } from 'zod'
import { startHttpServer } from './http-server.ts'

export const BIN = fileURLToPath(new URL('../dist/bin.js', import.meta.url))

/** The answer of a tool as both clients give it. */
const Answer = z.object({
  content: z.array(z.object({ type: z.literal('text'), text: z.string() })),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  isError: z.boolean().optional(),
})

const ListedTools = z.object({
  tools: z.array(
    z.looseObject({
      name: z.string(),
      title: z.string(),
      description: z.string(),
      inputSchema: z.looseObject({}),
      outputSchema: z.looseObject({}),
      annotations: z.record(z.string(), z.unknown()),
    }),
  ),
})

export interface ToolAnswer {
  readonly isError: boolean
  readonly text: string
  readonly data: Record<string, unknown>
}

export interface McpClient {
  /** For what has no shorter form here. */
  readonly raw: Started
  listTools(): Promise<z.infer<typeof ListedTools>['tools']>
  call(name: string, args: Record<string, unknown>): Promise<ToolAnswer>
  instructions(): string | undefined
  protocolVersion(): string | undefined
  /** All that the server said so far: answers and log. */
  heard(): string
  close(): Promise<void>
}

export type Generation = 'v1' | 'v2'
export type Wire = 'stdio' | 'http'
export type Environment = Record<string, string>

/** What both clients have, and the tests use as it is. */
export interface Started {
  listTools(): Promise<unknown>
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<unknown>
  getInstructions(): string | undefined
  getServerVersion(): unknown
  listResources(params?: {
    cursor?: string
  }): Promise<{ resources: unknown[]; nextCursor?: string }>
  listResourceTemplates(): Promise<{ resourceTemplates: unknown[] }>
  readResource(params: { uri: string }): Promise<{ contents: unknown[] }>
  listPrompts(): Promise<{ prompts: unknown[] }>
  getPrompt(params: {
    name: string
    arguments: Record<string, string>
  }): Promise<{ messages: unknown[] }>
  complete(params: {
    ref: { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string }
    argument: { name: string; value: string }
    context?: { arguments: Record<string, string> }
  }): Promise<{ completion: { values: string[] } }>
  close(): Promise<void>
}

/** A client of a server of its own, started with these flags. */
export async function openClient(
  generation: Generation,
  env: Environment,
  flags: readonly string[] = [],
  wire: Wire = 'stdio',
): Promise<McpClient> {
  if (wire === 'stdio') return openStdio(generation, env, flags)
  const server = await startHttpServer(env, flags)
  const client = await openHttp(generation, server.url)
  return {
    ...client,
    heard: () => client.heard() + server.stderr(),
    async close() {
      await client.close()
      await server.stop()
    },
  }
}

async function openStdio(
  generation: Generation,
  env: Environment,
  flags: readonly string[],
): Promise<McpClient> {
  const server = { command: process.execPath, args: [BIN, ...flags], env, stderr: 'pipe' as const }
  const transport = generation === 'v1' ? new TransportV1(server) : new TransportV2(server)
  const log: string[] = []
  transport.stderr?.on('data', (chunk) => log.push(String(chunk)))
  const client =
    transport instanceof TransportV1 ? await connectV1(transport) : await connectV2(transport)
  return withFace(client, log)
}

/** A client of a server that is running, which shows this token. */
export async function openHttp(
  generation: Generation,
  url: string,
  token?: string,
): Promise<McpClient> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const options = { requestInit: { headers: authorization } }
  const client =
    generation === 'v1'
      ? await connectV1(new HttpTransportV1(new URL(url), options))
      : await connectV2(new HttpTransportV2(new URL(url), options))
  return withFace(client, [])
}

interface Connected {
  readonly client: Started
  protocolVersion(): string | undefined
}

const INFO = { name: 'test', version: '1.0.0' }

async function connectV1(transport: TransportV1 | HttpTransportV1): Promise<Connected> {
  const client = new ClientV1(INFO)
  let version: string | undefined
  const onwards = 'setProtocolVersion' in transport ? transport.setProtocolVersion : undefined
  const listening = Object.assign(transport, {
    setProtocolVersion: (negotiated: string) => {
      version = negotiated
      onwards?.call(transport, negotiated)
    },
  })
  // Under exactOptionalPropertyTypes v1's own transport does not fit v1's own client.
  await client.connect(listening as Parameters<ClientV1['connect']>[0])
  return { client: client as Started, protocolVersion: () => version }
}

async function connectV2(transport: TransportV2 | HttpTransportV2): Promise<Connected> {
  const client = new ClientV2(INFO, { versionNegotiation: { mode: 'auto' } })
  await client.connect(transport)
  return {
    client: client as Started,
    protocolVersion: () => client.getNegotiatedProtocolVersion(),
  }
}

function withFace({ client, protocolVersion }: Connected, heard: string[]): McpClient {
  return {
    raw: client,
    listTools: async () => ListedTools.parse(await client.listTools()).tools,
    async call(name, args) {
      const raw = await client.callTool({ name, arguments: args })
      heard.push(JSON.stringify(raw))
      const { content, structuredContent, isError } = Answer.parse(raw)
      return {
        isError: isError ?? false,
        text: content.map(({ text }) => text).join('\n'),
        data: structuredContent ?? {},
      }
    },
    instructions: () => client.getInstructions(),
    protocolVersion,
    heard: () => heard.join('\n'),
    close: () => client.close(),
  }
}
