/** Both generations of clients, over stdio and HTTP, with one interface. */

import { fileURLToPath } from 'node:url'
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpTransportV2,
} from '@modelcontextprotocol/client'
import { StdioClientTransport as TransportV2 } from '@modelcontextprotocol/client/stdio'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as HttpTransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { startHttpServer } from './http-server.ts'

export const BIN = fileURLToPath(new URL('../dist/bin.js', import.meta.url))

/** A tool result, as both clients return it. */
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

export interface Progress {
  readonly progress: number
  readonly total?: number | undefined
  readonly message?: string | undefined
}

export interface ToolResult {
  readonly isError: boolean
  readonly text: string
  readonly data: Record<string, unknown>
}

export interface McpClient {
  /** The client itself, for requests without a method here. */
  readonly raw: Started
  listTools(): Promise<z.infer<typeof ListedTools>['tools']>
  call(
    name: string,
    args: Record<string, unknown>,
    onProgress?: (progress: Progress) => void,
  ): Promise<ToolResult>
  instructions(): string | undefined
  protocolVersion(): string | undefined
  /** Everything that the server has sent: results and log. */
  heard(): string
  close(): Promise<void>
}

export type Generation = 'v1' | 'v2'
export type Wire = 'stdio' | 'http'
export type Environment = Record<string, string>

/** The methods that both clients have. */
export interface Started {
  listTools(): Promise<unknown>
  getInstructions(): string | undefined
  getServerVersion(): unknown
  getServerCapabilities(): { readonly extensions?: unknown } | undefined
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

/** The user's answer to a question of the server, or another response; it may throw. */
export type Respond = (
  message: string,
) => boolean | { readonly action: 'accept' | 'cancel'; readonly content?: Record<string, string> }

export interface ClientOptions {
  /** Makes the client able to ask its user. */
  readonly respond?: Respond | undefined
  /** The transport (default: stdio). */
  readonly wire?: Wire | undefined
  /** Declares MCP Apps. */
  readonly showsViews?: boolean | undefined
}

/** Starts a server with these flags, and connects a client. */
export async function openClient(
  generation: Generation,
  env: Environment,
  flags: readonly string[] = [],
  { respond, wire = 'stdio', showsViews }: ClientOptions = {},
): Promise<McpClient> {
  if (wire === 'stdio') return openStdio(generation, env, flags, { respond, showsViews })
  const server = await startHttpServer(env, flags)
  const client = await openHttp(generation, server.url, undefined, respond, showsViews)
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
  behaviour: Behaviour,
): Promise<McpClient> {
  const server = { command: process.execPath, args: [BIN, ...flags], env, stderr: 'pipe' as const }
  const transport = generation === 'v1' ? new TransportV1(server) : new TransportV2(server)
  const heard: string[] = []
  transport.stderr?.on('data', (chunk) => heard.push(String(chunk)))
  return transport instanceof TransportV1
    ? connectV1(transport, heard, behaviour)
    : connectV2(transport, heard, behaviour)
}

/** Connects a client with this token to a running server. */
export async function openHttp(
  generation: Generation,
  url: string,
  token?: string,
  respond?: Respond,
  showsViews = false,
): Promise<McpClient> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const options = { requestInit: { headers: authorization } }
  return generation === 'v1'
    ? connectV1(new HttpTransportV1(new URL(url), options), [], { respond, showsViews })
    : connectV2(new HttpTransportV2(new URL(url), options), [], { respond, showsViews })
}

interface Connected {
  readonly client: Started
  callTool(
    params: { name: string; arguments: Record<string, unknown> },
    options: { onprogress?: (progress: Progress) => void },
  ): Promise<unknown>
  protocolVersion(): string | undefined
}

const INFO = { name: 'test', version: '1.0.0' }
const VIEWS = { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } }

type Behaviour = Pick<ClientOptions, 'respond' | 'showsViews'>

function capabilitiesOf({ respond, showsViews }: Behaviour) {
  return {
    ...(respond && { elicitation: { form: {} } }),
    ...(showsViews && { extensions: VIEWS }),
  }
}

function answering(respond: Respond, heard: string[]) {
  return ({ params }: { params: { message: string } }) => {
    heard.push(params.message)
    const answer = respond(params.message)
    if (typeof answer === 'object') return answer
    return answer
      ? { action: 'accept' as const, content: { confirm: true } }
      : { action: 'decline' as const }
  }
}

async function connectV1(
  transport: TransportV1 | HttpTransportV1,
  heard: string[],
  behaviour: Behaviour,
): Promise<McpClient> {
  const { respond } = behaviour
  const client = new ClientV1(INFO, { capabilities: capabilitiesOf(behaviour) })
  if (respond) client.setRequestHandler(ElicitRequestSchema, answering(respond, heard))
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
  const connected: Connected = {
    client: client as Started,
    callTool: (params, options) => client.callTool(params, undefined, options),
    protocolVersion: () => version,
  }
  return withFace(connected, heard)
}

async function connectV2(
  transport: TransportV2 | HttpTransportV2,
  heard: string[],
  behaviour: Behaviour,
): Promise<McpClient> {
  const { respond } = behaviour
  const client = new ClientV2(INFO, {
    capabilities: capabilitiesOf(behaviour),
    versionNegotiation: { mode: 'auto' },
  })
  if (respond) client.setRequestHandler('elicitation/create', answering(respond, heard))
  await client.connect(transport)
  const connected: Connected = {
    client: client as Started,
    callTool: (params, options) => client.callTool(params, options),
    protocolVersion: () => client.getNegotiatedProtocolVersion(),
  }
  return withFace(connected, heard)
}

function withFace({ client, callTool, protocolVersion }: Connected, heard: string[]): McpClient {
  return {
    raw: client,
    listTools: async () => ListedTools.parse(await client.listTools()).tools,
    async call(name, args, onProgress) {
      const options = onProgress === undefined ? {} : { onprogress: onProgress }
      const raw = await callTool({ name, arguments: args }, options)
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
