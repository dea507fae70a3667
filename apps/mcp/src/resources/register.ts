import {
  type ListResourcesRequest,
  type ListResourcesResult,
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  ResourceTemplate,
  type ResourceTemplateType,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { ToolError } from '../result/tool-error.ts'
import type { Session } from '../session.ts'
import { describeTable } from '../tools/describe-table/definition.ts'
import { listTables } from '../tools/list-tables/definition.ts'
import { queryRecords } from '../tools/query-records/definition.ts'
import type { Tool } from '../tools/registry.ts'
import { completeTable } from './complete.ts'
import type { Completions } from './completions.ts'
import { type ResourceKind, resourcePage } from './resource-page.ts'
import { callTool, visibleTables } from './tables.ts'

const SAMPLE_RECORDS = 10

interface Kind extends ResourceKind {
  /** The tool whose result is the content of the resource. */
  readonly tool: Tool
  readonly args: Readonly<Record<string, unknown>>
}

const KINDS: readonly Kind[] = [
  {
    part: 'definition',
    title: 'columns',
    about: 'The columns with their types, and the number of records.',
    tool: describeTable,
    args: {},
  },
  {
    part: 'sample',
    title: 'sample',
    about: `The first ${SAMPLE_RECORDS} records.`,
    tool: queryRecords,
    args: { limit: SAMPLE_RECORDS },
  },
]

export interface RegisteredResources {
  /** Undefined if there are none. */
  readonly list: ListResources | undefined
  readonly templates: readonly ResourceTemplateType[]
}

type ListResources = (
  request: ListResourcesRequest,
  context: ServerContext,
) => Promise<ListResourcesResult>

/**
 * Tables as resources, `table://stores/definition` and `table://stores@live/sample`. A resource holds
 * the result of its tool, and exists only if the caller may use the tool.
 *
 * @param tools the tools that the caller may use
 * @param withSignal combines the signal of a request with the one that ends the connection
 * @returns what clients are listed
 */
export function registerResources(
  server: McpServer,
  tools: readonly Tool[],
  session: Session,
  withSignal: (signal: AbortSignal) => AbortSignal,
  completions: Completions,
): RegisteredResources {
  if (!tools.includes(listTables)) return { list: undefined, templates: [] }
  const kinds = KINDS.filter(({ tool }) => tools.includes(tool))
  const templates: ResourceTemplateType[] = []
  for (const { part, title, about, tool, args } of kinds) {
    const template = `table://{table}/${part}`
    completions.ofResource(template, { table: completeTable(session) })
    const facts = {
      title: `A table's ${title}`,
      description: `${about} "stores@live" names the version.`,
      mimeType: 'application/json',
    }
    templates.push({ name: part, uriTemplate: template, ...facts })
    server.registerResource(
      part,
      new ResourceTemplate(template, { list: undefined }),
      facts,
      async (uri, { table }, { mcpReq }) => {
        const named = { ...args, table: decoded(String(table), uri) }
        const result = callTool(session, tool, named, withSignal(mcpReq.signal))
        const { text } = await result.catch(notFound(uri))
        return { contents: [{ uri: uri.href, mimeType: 'application/json', text }] }
      },
    )
  }
  if (kinds.length === 0) return { list: undefined, templates }
  const list: ListResources = async ({ params }, { mcpReq }) => {
    const tables = visibleTables(session, withSignal(mcpReq.signal))
    const page = resourcePage(await tables.catch(failed), kinds, params?.cursor)
    if (page !== undefined) return page
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      'Invalid cursor: not issued by this list.',
    )
  }
  // Replaces the SDK's own list, which has no pages.
  server.server.setRequestHandler('resources/list', list)
  return { list, templates }
}

function decoded(table: string, uri: URL): string {
  try {
    return decodeURIComponent(table)
  } catch {
    throw new ResourceNotFoundError(uri.href)
  }
}

/** Codes for a missing table and for a hidden one: the two must look the same. */
const NOT_FOUND_CODES = new Set(['NOT_FOUND', 'NOT_ALLOWED', 'INVALID_ARGUMENTS', 'INVALID_INPUT'])

function notFound(uri: URL): (error: unknown) => never {
  return (error) => {
    if (error instanceof ToolError && NOT_FOUND_CODES.has(error.code)) {
      throw new ResourceNotFoundError(uri.href, error.message)
    }
    return failed(error)
  }
}

function failed(error: unknown): never {
  if (!(error instanceof ToolError)) throw error
  throw new ProtocolError(ProtocolErrorCode.InternalError, error.message)
}
