import { createMCPClient } from '@ai-sdk/mcp'
import { Experimental_StdioMCPTransport } from '@ai-sdk/mcp/mcp-stdio'
import { command, type Library, type Target } from './library.ts'

export function openAiSdk(target: Target) {
  return createMCPClient({
    transport:
      target.wire === 'http'
        ? { type: 'http', url: target.url }
        : new Experimental_StdioMCPTransport({ ...command(target), stderr: 'ignore' }),
  })
}

export const aiSdk: Library = {
  name: 'AI SDK',
  async connect(target) {
    const client = await openAiSdk(target)
    const tools = await client.tools()
    return {
      tools: Object.keys(tools),
      async call(name, args) {
        const options = { toolCallId: 'call_1', messages: [], context: {} }
        return JSON.stringify(await tools[name]?.execute(args, options))
      },
      close: () => client.close(),
    }
  },
}
