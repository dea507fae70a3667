import { MultiServerMCPClient } from '@langchain/mcp-adapters'
import { command, type Library, type Target } from './library.ts'

export function openLangChain(target: Target): MultiServerMCPClient {
  const tables =
    target.wire === 'http'
      ? { transport: 'http' as const, url: target.url }
      : { transport: 'stdio' as const, ...command(target), stderr: 'ignore' as const }
  return new MultiServerMCPClient({ mcpServers: { tables } })
}

export const langChain: Library = {
  name: 'LangChain',
  isStrict: true,
  async connect(target) {
    const client = openLangChain(target)
    const tools = await client.getTools()
    return {
      tools: tools.map(({ name }) => name),
      async call(name, args) {
        const tool = tools.find((one) => one.name === name)
        try {
          return JSON.stringify(await tool?.invoke(args))
        } catch (error) {
          // A tool node of LangGraph gives the model the message of the error.
          return String(error)
        }
      },
      close: () => client.close(),
    }
  },
}
