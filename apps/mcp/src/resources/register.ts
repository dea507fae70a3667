import {
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  ResourceTemplate,
} from '@modelcontextprotocol/server'
import type { Session } from '../session.ts'
import { describeTable } from '../tools/describe-table/definition.ts'
import { listTables } from '../tools/list-tables/definition.ts'
import { queryRecords } from '../tools/query-records/definition.ts'
import type { Tool } from '../tools/registry.ts'
import { completeTable } from './complete.ts'
import type { Completions } from './completions.ts'
import { type ResourceKind, resourcePage } from './resource-page.ts'
import { ask, ToolTrouble, visibleTables } from './tables.ts'

const SAMPLE_RECORDS = 10

interface Kind extends ResourceKind {
  /** The tool whose answer for a table the resource is. */
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

/**
 * Tables as resources, `table://stores/definition` and `table://stores@live/sample`. A resource holds
 * what its tool answers, and is there only where its tool is.
 *
 * @param tools those that the caller may use
 * @param withSignal adds to the signal of a request whatever else may end it
 */
export function registerResources(
  server: McpServer,
  tools: readonly Tool[],
  session: Session,
  withSignal: (signal: AbortSignal) => AbortSignal,
  completions: Completions,
): void {
  if (!tools.includes(listTables)) return
  const kinds = KINDS.filter(({ tool }) => tools.includes(tool))
  for (const { part, title, about, tool, args } of kinds) {
    const template = `table://{table}/${part}`
    completions.ofResource(template, { table: completeTable(session) })
    server.registerResource(
      part,
      new ResourceTemplate(template, { list: undefined }),
      {
        title: `A table's ${title}`,
        description: `${about} "stores@live" names the version.`,
        mimeType: 'application/json',
      },
      async (uri, { table }, { mcpReq }) => {
        const named = { ...args, table: decoded(String(table), uri) }
        const answer = ask(session, tool, named, withSignal(mcpReq.signal))
        const { text } = await answer.catch(notFound(uri))
        return { contents: [{ uri: uri.href, mimeType: 'application/json', text }] }
      },
    )
  }
  if (kinds.length === 0) return
  // In place of the SDK's own list, which has no pages.
  server.server.setRequestHandler('resources/list', async ({ params }, { mcpReq }) => {
    const tables = visibleTables(session, withSignal(mcpReq.signal))
    const page = resourcePage(await tables.catch(failed), kinds, params?.cursor)
    if (page !== undefined) return page
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'This is no cursor of this list.')
  })
}

function decoded(table: string, uri: URL): string {
  try {
    return decodeURIComponent(table)
  } catch {
    throw new ResourceNotFoundError(uri.href)
  }
}

/** Codes that say the table is not there, or not there for this caller, which is to look the same. */
const NOT_THERE = new Set(['NOT_FOUND', 'NOT_ALLOWED', 'INVALID_ARGUMENTS', 'INVALID_INPUT'])

function notFound(uri: URL): (error: unknown) => never {
  return (error) => {
    if (error instanceof ToolTrouble && NOT_THERE.has(error.code)) {
      throw new ResourceNotFoundError(uri.href, error.message)
    }
    return failed(error)
  }
}

function failed(error: unknown): never {
  if (!(error instanceof ToolTrouble)) throw error
  throw new ProtocolError(ProtocolErrorCode.InternalError, error.message)
}
