import {
  getAllMcpTools,
  type MCPServer,
  MCPServerStdio,
  MCPServerStreamableHttp,
  RunContext,
} from '@openai/agents-core'
import { command, type Library, type Target } from './library.ts'

export function openAIAgentsServer(target: Target): MCPServer {
  return target.wire === 'http'
    ? new MCPServerStreamableHttp({ name: 'tables', url: target.url })
    : new MCPServerStdio({ name: 'tables', ...command(target) })
}

export const openAIAgents: Library = {
  name: 'OpenAI Agents',
  async connect(target) {
    const server = openAIAgentsServer(target)
    await server.connect()
    const tools = await getAllMcpTools([server])
    return {
      tools: tools.map(({ name }) => name),
      async call(name, args) {
        const tool = tools.find((one) => one.name === name)
        if (tool?.type !== 'function') throw new Error(name)
        return JSON.stringify(await tool.invoke(new RunContext(), JSON.stringify(args)))
      },
      close: () => server.close(),
    }
  },
}
