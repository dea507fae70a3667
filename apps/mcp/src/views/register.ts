/** Views in the protocol: lists for clients that declare them, pages, and the tool that pages call. */
import {
  type McpServer,
  type Resource,
  ResourceNotFoundError,
  ResourceTemplate,
  type ServerContext,
  type Tool,
} from '@modelcontextprotocol/server'
import { READER_ICONS, WRITER_ICONS } from '../icons.ts'
import { type Handshake, requestFacts } from '../request-facts.ts'
import type { RegisteredResources } from '../resources/register.ts'
import type { Session } from '../session.ts'
import { isWriter, type ToolDefinition } from '../tools/define-tool.ts'
import { viewData } from '../tools/view-data/definition.ts'
import { inputSchema, outputSchema } from '../tools/wire-schema.ts'
import { declaresViews, UI_EXTENSION, VIEW_MIME_TYPE } from './declared.ts'
import { hasPage, PAGES_AT, pageOf, pageUri } from './pages.ts'

/** What a server offers without views. */
export interface Offer {
  readonly tools: readonly ToolDefinition[]
  readonly resources: RegisteredResources
}

/**
 * Registers pages, and the tool that they call, for clients that declare views. All other clients get the
 * lists that a server without views sends, to the byte.
 *
 * @param handshake of the connection, if there was one
 * @param withEnd combines the signal of a request with the one that ends the connection
 */
export function registerViews(
  server: McpServer,
  { tools, resources }: Offer,
  session: Session,
  withEnd: (signal: AbortSignal) => AbortSignal,
  handshake: () => Handshake,
): void {
  const showsViews = (context: ServerContext) => requestFacts(context, handshake()).showsViews
  declareToItsLike(server)
  server.registerTool(viewData.name, { inputSchema: inputSchema(viewData) }, (args, context) =>
    session.call(
      viewData,
      args,
      withEnd(context.mcpReq.signal),
      requestFacts(context, handshake()),
    ),
  )
  // The SDK's own lists are the same for every client.
  server.server.setRequestHandler('tools/list', async (_request, context) => ({
    tools: showsViews(context)
      ? [...(await Promise.all(tools.map(withPage))), appOnly(viewData)]
      : tools.map(listed),
  }))
  const withPages = tools.filter(({ name }) => hasPage(name))
  registerPages(server, withPages, resources, showsViews)
}

/** Declares the extension to clients that declare it; the answer to all others stays what it was. */
function declareToItsLike({ server }: McpServer): void {
  const capabilities = server.getCapabilities.bind(server)
  server.getCapabilities = () =>
    declaresViews(server.getClientCapabilities())
      ? { ...capabilities(), extensions: { [UI_EXTENSION]: {} } }
      : capabilities()
}

const DRAFT = { target: 'draft-2020-12' } as const

/** A tool as the SDK lists it. */
function listed(tool: ToolDefinition): Tool {
  const { name, title, description, annotations } = tool
  const input = inputSchema(tool)['~standard'].jsonSchema.input(DRAFT)
  const output = outputSchema(tool)['~standard'].jsonSchema.output(DRAFT)
  return {
    name,
    title,
    description,
    inputSchema: { type: 'object', ...input },
    annotations: { ...annotations },
    icons: isWriter(tool) ? WRITER_ICONS : READER_ICONS,
    outputSchema: { type: 'object', ...output },
  }
}

async function withPage(tool: ToolDefinition): Promise<Tool> {
  const uri = await pageUri(tool.name)
  if (uri === undefined) return listed(tool)
  // Some hosts read only the second form.
  return { ...listed(tool), _meta: { ui: { resourceUri: uri }, 'ui/resourceUri': uri } }
}

/** Hosts do not show this to the model, but must find it in the list to call it for a page. */
function appOnly(tool: ToolDefinition): Tool {
  const { name, title, description, annotations, inputSchema } = listed(tool)
  const _meta = { ui: { visibility: ['app'] } }
  return { name, title, description, inputSchema, annotations, _meta }
}

function registerPages(
  mcp: McpServer,
  tools: readonly ToolDefinition[],
  { list, templates }: RegisteredResources,
  showsViews: (context: ServerContext) => boolean,
): void {
  const { server } = mcp
  server.setRequestHandler('resources/list', async (request, context) => {
    const page = (await list?.(request, context)) ?? { resources: [] }
    if (!showsViews(context) || request.params?.cursor !== undefined) return page
    return { ...page, resources: [...page.resources, ...(await Promise.all(tools.map(resource)))] }
  })
  // Pages have a template only for the SDK, which needs it to find them.
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: [...templates],
  }))
  const template = new ResourceTemplate(`${PAGES_AT}{page}`, { list: undefined })
  mcp.registerResource('view', template, {}, async ({ href }, _variables, context) => {
    const uris = await Promise.all(tools.map(({ name }) => pageUri(name)))
    const tool = tools[uris.indexOf(href)]
    if (tool === undefined || !showsViews(context)) throw new ResourceNotFoundError(href)
    const text = await pageOf(tool.name)
    return { contents: [{ uri: href, mimeType: VIEW_MIME_TYPE, text, _meta: PAGE_META }] }
  })
}

async function resource({ name, title }: ToolDefinition): Promise<Resource> {
  return {
    uri: (await pageUri(name)) ?? '',
    name: `${name} view`,
    title: `${title}: view`,
    mimeType: VIEW_MIME_TYPE,
    _meta: PAGE_META,
  }
}

/** Without domains: a page may not load anything from anywhere. */
const PAGE_META = { ui: { prefersBorder: true } }
