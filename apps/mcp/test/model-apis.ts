/** What SDKs of model APIs send for the tools of a server. The requests go to a listener on this machine. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { GoogleGenAI, mcpToTool } from '@google/genai'
import { convertToOpenAITool } from '@langchain/core/utils/function_calling'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Agent, Runner } from '@openai/agents-core'
import { OpenAIProvider } from '@openai/agents-openai'
import { generateText, type LanguageModel } from 'ai'
import { z } from 'zod'
import { openAiSdk } from './libraries/ai-sdk.ts'
import { openLangChain } from './libraries/langchain.ts'
import { openAIAgentsServer } from './libraries/openai-agents.ts'

/** A tool as a model API receives it. */
export interface Declaration {
  readonly name: string
  readonly description: string
  /** JSON Schema. */
  readonly parameters: unknown
}

export interface ModelApi {
  readonly name: string
  /** The tools of the server at this URL, as a request to the API declares them. */
  declarations(url: string): Promise<Declaration[]>
}

const PROMPT = 'How many stores are there?'
const KEYS = { apiKey: 'key', accessKeyId: 'id', secretAccessKey: 'secret', region: 'eu-west-1' }

/** The body of the first request that `send` makes to a base URL. */
async function requestOf(send: (baseUrl: string) => Promise<unknown>): Promise<unknown> {
  const bodies: unknown[] = []
  const listener = createServer(async (request, response) => {
    bodies.push(await json(request))
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end('{"error":{"message":"this is no model"}}')
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const failed = await send(`http://127.0.0.1:${port}`).then(
    () => undefined,
    (error: unknown) => error,
  )
  listener.close()
  listener.closeAllConnections()
  if (bodies.length === 0) throw new Error('nothing was sent', { cause: failed })
  return bodies[0]
}

const Text = { name: z.string(), description: z.string() }

const FunctionTool = z.object({ ...Text, parameters: z.unknown() })

const ChatCompletions = z
  .object({ tools: z.array(z.object({ function: FunctionTool })) })
  .transform(({ tools }) => tools.map((tool) => tool.function))

const Responses = z.object({ tools: z.array(FunctionTool) }).transform(({ tools }) => tools)

const Gemini = z
  .object({
    tools: z.tuple([
      z.object({
        functionDeclarations: z.array(z.object({ ...Text, parametersJsonSchema: z.unknown() })),
      }),
    ]),
  })
  .transform(({ tools: [{ functionDeclarations }] }) =>
    functionDeclarations.map(({ parametersJsonSchema: parameters, ...text }) => ({
      ...text,
      parameters,
    })),
  )

const Converse = z
  .object({
    toolConfig: z.object({
      tools: z.array(
        z.object({
          toolSpec: z.object({ ...Text, inputSchema: z.object({ json: z.unknown() }) }),
        }),
      ),
    }),
  })
  .transform(({ toolConfig }) =>
    toolConfig.tools.map(({ toolSpec: { inputSchema, ...text } }) => ({
      ...text,
      parameters: inputSchema.json,
    })),
  )

type Shape = z.ZodType<Declaration[]>

function byAiSdk(name: string, shape: Shape, model: (baseURL: string) => LanguageModel): ModelApi {
  return {
    name: `AI SDK, ${name}`,
    async declarations(url) {
      const client = await openAiSdk({ wire: 'http', url })
      const tools = await client.tools()
      const body = await requestOf((base) =>
        generateText({ model: model(base), tools, prompt: PROMPT, maxRetries: 0 }),
      )
      await client.close()
      return shape.parse(body)
    },
  }
}

function byAgents(name: string, shape: Shape, isResponses: boolean, isStrict: boolean): ModelApi {
  return {
    name: `OpenAI Agents, ${name}`,
    async declarations(url) {
      const server = openAIAgentsServer({ wire: 'http', url })
      await server.connect()
      const agent = new Agent({
        name: 'agent',
        model: 'gpt',
        mcpServers: [server],
        mcpConfig: { convertSchemasToStrict: isStrict },
      })
      const body = await requestOf((baseURL) => {
        const modelProvider = new OpenAIProvider({ ...KEYS, baseURL, useResponses: isResponses })
        return new Runner({ modelProvider, tracingDisabled: true }).run(agent, PROMPT)
      })
      await server.close()
      return shape.parse(body)
    },
  }
}

const byGoogle: ModelApi = {
  name: 'Google Gen AI',
  async declarations(url) {
    const client = new Client({ name: 'test', version: '1' })
    await client.connect(new StreamableHTTPClientTransport(new URL(url)) as never)
    const body = await requestOf((baseUrl) =>
      new GoogleGenAI({ ...KEYS, httpOptions: { baseUrl } }).models.generateContent({
        model: 'gemini',
        contents: PROMPT,
        config: { tools: [mcpToTool(client as never)] },
      }),
    )
    await client.close()
    return Gemini.parse(body)
  },
}

const byLangChain: ModelApi = {
  name: 'LangChain',
  async declarations(url) {
    const client = openLangChain({ wire: 'http', url })
    const tools = await client.getTools()
    await client.close()
    return ChatCompletions.parse({ tools: tools.map((tool) => convertToOpenAITool(tool)) })
  },
}

export const MODEL_APIS: readonly ModelApi[] = [
  byAiSdk('OpenAI', Responses, (baseURL) => createOpenAI({ ...KEYS, baseURL })('gpt')),
  byAiSdk('OpenAI chat', ChatCompletions, (baseURL) =>
    createOpenAI({ ...KEYS, baseURL }).chat('gpt'),
  ),
  byAiSdk('Google', Gemini, (baseURL) => createGoogle({ ...KEYS, baseURL })('gemini')),
  byAiSdk('Bedrock', Converse, (baseURL) => createAmazonBedrock({ ...KEYS, baseURL })('model')),
  byAgents('responses', Responses, true, false),
  byAgents('chat', ChatCompletions, false, false),
  byAgents('strict', Responses, true, true),
  byGoogle,
  byLangChain,
]
