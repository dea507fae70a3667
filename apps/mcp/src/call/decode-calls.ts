import type { McpServer, Transport } from '@modelcontextprotocol/server'
import { decodeJson } from './lenient.ts'

/**
 * Lets a server read tool calls whose `arguments` are null or JSON text. Some clients send them, and the
 * SDK would reject them before a tool is asked. Applies to connections made afterwards.
 */
export function decodeCalls(server: McpServer): void {
  const connect = server.connect.bind(server)
  server.connect = async (transport: Transport) => {
    // Sets `onmessage` before it waits for anything.
    const connected = connect(transport)
    const receive = transport.onmessage
    if (receive !== undefined) {
      transport.onmessage = (message, extra) => receive(withArguments(message), extra)
    }
    await connected
  }
}

type Message = Parameters<NonNullable<Transport['onmessage']>>[0]

function withArguments(message: Message): Message {
  if (!('method' in message) || message.method !== 'tools/call') return message
  const { params } = message
  if (params?.arguments !== null && typeof params?.arguments !== 'string') return message
  return { ...message, params: { ...params, arguments: decodeJson(params.arguments ?? {}) } }
}
