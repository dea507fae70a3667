/**
 * The tables as resources and completions see them: through the tools, so that whatever the operator
 * hides from these is hidden here too, and their answers' marks of untrusted text stay on.
 */
import { z } from 'zod'
import type { Session } from '../session.ts'
import { describeTable } from '../tools/describe-table/definition.ts'
import { listTables } from '../tools/list-tables/definition.ts'
import type { Tool } from '../tools/registry.ts'

export interface VisibleTable {
  readonly name: string
  readonly description: string | undefined
  /** What a call names the table by: its name, or its id where the name would not do. */
  readonly reference: string
}

/** Trouble that a tool answered with. */
export class ToolTrouble extends Error {
  readonly code: string

  constructor(code: string, text: string) {
    super(text)
    this.name = 'ToolTrouble'
    this.code = code
  }
}

const Answer = z.object({
  content: z.array(z.object({ text: z.string().optional() })),
  structuredContent: z.unknown(),
  isError: z.boolean().optional(),
})

const Trouble = z.object({ error: z.object({ code: z.string() }) })

/**
 * The text of a tool's answer, and what is in it.
 *
 * @throws ToolTrouble when the answer is an error
 */
export async function ask(
  session: Session,
  tool: Tool,
  args: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly data: unknown }> {
  const answer = Answer.parse(await session.call(tool, args, signal))
  const { content, structuredContent, isError } = answer
  const text = content.map((block) => block.text ?? '').join('\n')
  if (isError !== true) return { text, data: structuredContent }
  const trouble = Trouble.safeParse(structuredContent)
  throw new ToolTrouble(trouble.success ? trouble.data.error.code : 'INTERNAL', text)
}

const Page = z.object({
  tables: z.array(
    z.object({ name: z.string(), id: z.string(), description: z.string().optional() }),
  ),
  next_cursor: z.string().optional(),
})

/** Every table that a caller may see, by name. */
export async function visibleTables(
  session: Session,
  signal: AbortSignal,
): Promise<readonly VisibleTable[]> {
  const found: z.infer<typeof Page>['tables'] = []
  let cursor: string | undefined
  do {
    const args = cursor === undefined ? {} : { cursor }
    const page = Page.parse((await ask(session, listTables, args, signal)).data)
    found.push(...page.tables)
    cursor = page.next_cursor
  } while (cursor !== undefined)
  const names = found.map(({ name }) => name)
  return found
    .map(({ name, id, description }) => ({
      name,
      description,
      reference: isPlain(name) && names.indexOf(name) === names.lastIndexOf(name) ? name : id,
    }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.reference, b.reference))
}

/** Whether a name means itself in a reference: no version or profile in it, and nothing escaped. */
function isPlain(name: string): boolean {
  return !/[:@\\]/.test(name)
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

const Described = z.object({ columns: z.array(z.object({ name: z.string() })) })

/** The columns of a table that a caller may see. */
export async function visibleColumns(
  session: Session,
  table: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { data } = await ask(session, describeTable, { table }, signal)
  return Described.parse(data).columns.map(({ name }) => name)
}
