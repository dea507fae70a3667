/** What a task is, and how a model would carry it out. */

import type { ToolResult } from '../clients.ts'
import type { ComparedTask } from '../comparison/calls.ts'
import type { Model } from './model.ts'

/** Calls a tool, and counts the tokens. */
export type Call = (tool: string, args?: Record<string, unknown>) => Promise<ToolResult>

export interface Task {
  /** The request, as a person would word it. */
  readonly asked: string
  /** Marks a task that the page compares with other servers. */
  readonly compared?: ComparedTask
  /**
   * The calls, in a conversation of their own, with checks of the answers.
   *
   * @param model the bot's content, changed here as the task should change it
   */
  readonly run: (call: Call, model: Model) => Promise<void>
  /** The tables that it changes, as `products@draft`; all of their records are checked afterwards. */
  readonly changes?: readonly string[]
}

export interface Group {
  readonly title: string
  readonly tasks: readonly Task[]
}

/** A write that is refused with a preview, and executed with the token of the preview alone. */
export async function confirmed(call: Call, tool: string, args: Record<string, unknown>) {
  const { data } = await call(tool, args)
  return call(tool, { confirm_token: data.confirm_token })
}

/** The rows of a result, as objects. */
export function records({ data }: ToolResult): Record<string, unknown>[] {
  const columns = data.columns as string[]
  return (data.rows as unknown[][]).map((cells) =>
    Object.fromEntries(columns.map((column, index) => [column, cells[index]])),
  )
}
