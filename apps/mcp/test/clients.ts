/** The two generations of clients, over stdio, with one face. */

import { fileURLToPath } from 'node:url'
import { Client as ClientV2 } from '@modelcontextprotocol/client'
import { StdioClientTransport as TransportV2 } from '@modelcontextprotocol/client/stdio'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'

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

export interface Progress {
  readonly progress: number
  readonly total?: number | undefined
  readonly message?: string | undefined
}

export interface ToolAnswer {
  readonly isError: boolean
  readonly text: string
  readonly data: Record<string, unknown>
}

export interface McpClient {
  listTools(): Promise<z.infer<typeof ListedTools>['tools']>
  call(
    name: string,
    args: Record<string, unknown>,
    onProgress?: (progress: Progress) => void,
  ): Promise<ToolAnswer>
  instructions(): string | undefined
  protocolVersion(): string | undefined
  /** All that the server said so far: answers and log. */
  heard(): string
  close(): Promise<void>
}

export type Generation = 'v1' | 'v2'
export type Environment = Record<string, string>

interface Started {
  listTools(): Promise<unknown>
  callTool(
    params: { name: string; arguments: Record<string, unknown> },
    onProgress: ((progress: Progress) => void) | undefined,
  ): Promise<unknown>
  getInstructions(): string | undefined
  close(): Promise<void>
}

/** Answers a question of the server as the client's user would. */
export type Respond = (message: string) => boolean

export interface ClientOptions {
  /** Makes the client one that can ask its user. */
  readonly respond?: Respond
}

export async function openClient(
  generation: Generation,
  env: Environment,
  flags: readonly string[] = [],
  { respond }: ClientOptions = {},
): Promise<McpClient> {
  const server = { command: process.execPath, args: [BIN, ...flags], env, stderr: 'pipe' as const }
  const heard: string[] = []
  const info = { name: 'test', version: '1.0.0' }
  const options = respond === undefined ? {} : { capabilities: { elicitation: { form: {} } } }
  const answer = ({ params }: { params: { message: string } }) => {
    heard.push(params.message)
    return respond?.(params.message)
      ? { action: 'accept' as const, content: { confirm: true } }
      : { action: 'decline' as const }
  }
  let client: Started
  let protocolVersion: () => string | undefined
  if (generation === 'v1') {
    const transport = new TransportV1(server)
    transport.stderr?.on('data', (chunk) => heard.push(String(chunk)))
    const v1 = new ClientV1(info, options)
    if (respond !== undefined) v1.setRequestHandler(ElicitRequestSchema, answer)
    let version: string | undefined
    await v1.connect(
      Object.assign(transport, {
        setProtocolVersion: (negotiated: string) => {
          version = negotiated
        },
      }),
    )
    client = {
      listTools: () => v1.listTools(),
      callTool: (params, onprogress) =>
        v1.callTool(params, undefined, onprogress === undefined ? {} : { onprogress }),
      getInstructions: () => v1.getInstructions(),
      close: () => v1.close(),
    }
    protocolVersion = () => version
  } else {
    const transport = new TransportV2(server)
    transport.stderr?.on('data', (chunk) => heard.push(String(chunk)))
    const v2 = new ClientV2(info, { ...options, versionNegotiation: { mode: 'auto' } })
    if (respond !== undefined) v2.setRequestHandler('elicitation/create', answer)
    await v2.connect(transport)
    client = {
      listTools: () => v2.listTools(),
      callTool: (params, onprogress) =>
        v2.callTool(params, onprogress === undefined ? {} : { onprogress }),
      getInstructions: () => v2.getInstructions(),
      close: () => v2.close(),
    }
    protocolVersion = () => v2.getNegotiatedProtocolVersion()
  }
  return {
    listTools: async () => ListedTools.parse(await client.listTools()).tools,
    async call(name, args, onProgress) {
      const raw = await client.callTool({ name, arguments: args }, onProgress)
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
