/**
 * The tables for resources and completions. They are read through the tools, so that what the operator
 * hides stays hidden here, and results keep their notice about untrusted text.
 */
import { z } from 'zod'
import { ErrorResult, ToolError } from '../result/tool-error.ts'
import type { Session } from '../session.ts'
import { describeTable } from '../tools/describe-table/definition.ts'
import { listTables } from '../tools/list-tables/definition.ts'
import type { Tool } from '../tools/registry.ts'

export interface VisibleTable {
  readonly name: string
  readonly description: string | undefined
  /** How a call refers to the table: by its name, or by its id where `list_tables` shows one. */
  readonly reference: string
}

const CallResult = z.object({
  content: z.array(z.object({ text: z.string().optional() })),
  structuredContent: z.unknown(),
  isError: z.boolean().optional(),
})

/**
 * The result of a tool, as text and as data.
 *
 * @throws ToolError for an error result
 */
export async function callTool(
  session: Session,
  tool: Tool,
  args: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly data: unknown }> {
  const result = CallResult.parse(await session.call(tool, args, signal))
  const { content, structuredContent, isError } = result
  const text = content.map((block) => block.text ?? '').join('\n')
  if (isError !== true) return { text, data: structuredContent }
  const { data } = ErrorResult.safeParse(structuredContent)
  throw new ToolError(data?.error.code ?? 'INTERNAL', text)
}

const Page = z.object({
  tables: z.array(
    z.object({
      name: z.string(),
      id: z.string().optional(),
      description: z.string().optional(),
    }),
  ),
  next_cursor: z.string().optional(),
})

/** Every table that the caller may see, sorted by name. */
export async function visibleTables(
  session: Session,
  signal: AbortSignal,
): Promise<readonly VisibleTable[]> {
  const found: z.infer<typeof Page>['tables'] = []
  let cursor: string | undefined
  do {
    const args = cursor === undefined ? {} : { cursor }
    const page = Page.parse((await callTool(session, listTables, args, signal)).data)
    found.push(...page.tables)
    cursor = page.next_cursor
  } while (cursor !== undefined)
  return found
    .map(({ name, id = name, description }) => ({ name, description, reference: id }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.reference, b.reference))
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

const Described = z.object({ columns: z.array(z.object({ name: z.string() })) })

/** The columns of a table that the caller may see. */
export async function visibleColumns(
  session: Session,
  table: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { data } = await callTool(session, describeTable, { table }, signal)
  return Described.parse(data).columns.map(({ name }) => name)
}
