import { MCPClient } from 'mcp-use/client'
import { command, type Library } from './library.ts'

export const mcpUse: Library = {
  name: 'mcp-use',
  async connect(target) {
    const tables = target.wire === 'http' ? { url: target.url } : command(target)
    const client = new MCPClient({ mcpServers: { tables } })
    const session = await client.createSession('tables')
    const tools = await session.listTools()
    return {
      tools: tools.map(({ name }) => name),
      call: async (name, args) => JSON.stringify(await session.callTool(name, args)),
      close: () => client.closeAllSessions(),
    }
  },
}
