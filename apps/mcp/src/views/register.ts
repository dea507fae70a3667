/** Views in the protocol: lists for clients that declare them, and the tool that views call. */
import type { McpServer, ServerContext, Tool } from '@modelcontextprotocol/server'
import { READER_ICONS, WRITER_ICONS } from '../icons.ts'
import { type Handshake, requestFacts } from '../request-facts.ts'
import type { Session } from '../session.ts'
import { isWriter, type ToolDefinition } from '../tools/define-tool.ts'
import { viewData } from '../tools/view-data/definition.ts'
import { inputSchema, outputSchema } from '../tools/wire-schema.ts'

/** Hosts show the model no tool with this. */
const APP_ONLY = { ui: { visibility: ['app'] } }

const DRAFT = { target: 'draft-2020-12' } as const

/**
 * Registers the tool for views, and lists it for clients that declare views. All other clients get the
 * lists that a server without views sends, to the byte.
 */
export function registerViews(
  server: McpServer,
  tools: readonly ToolDefinition[],
  session: Session,
  withEnd: (signal: AbortSignal) => AbortSignal,
  handshake: () => Handshake,
): void {
  server.registerTool(
    viewData.name,
    {
      title: viewData.title,
      description: viewData.description,
      inputSchema: inputSchema(viewData),
      annotations: viewData.annotations,
      _meta: APP_ONLY,
    },
    (args, context) =>
      session.call(viewData, args, withEnd(context.mcpReq.signal), factsOf(context)),
  )
  const factsOf = (context: ServerContext) => requestFacts(context, handshake())
  // Replaces the SDK's own list, which is the same for every client.
  server.server.setRequestHandler('tools/list', (_request, context) => ({
    tools: factsOf(context).showsViews
      ? [...tools.map(listed), { ...listed(viewData), _meta: APP_ONLY }]
      : tools.map(listed),
  }))
}

/** A tool as the SDK lists it. The tool for views has no icon, and no schema of its many results. */
function listed(tool: ToolDefinition): Tool {
  const { name, title, description, annotations } = tool
  const input = {
    type: 'object' as const,
    ...inputSchema(tool)['~standard'].jsonSchema.input(DRAFT),
  }
  const facts = { name, title, description, inputSchema: input, annotations: { ...annotations } }
  if (tool.isForViews) return facts
  const output = outputSchema(tool)['~standard'].jsonSchema.output(DRAFT)
  const icons = isWriter(tool) ? WRITER_ICONS : READER_ICONS
  return { ...facts, icons, outputSchema: { type: 'object', ...output } }
}
