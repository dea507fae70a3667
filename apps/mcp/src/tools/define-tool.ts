import type { z } from 'zod'
import type { RunTool } from '../call/context.ts'

/** A tool's effects, as clients are shown them; all four hints, so that no default applies. */
export interface Hints {
  readonly readOnlyHint: boolean
  /** May overwrite or remove existing data. */
  readonly destructiveHint: boolean
  /** A repeated call has no further effect. */
  readonly idempotentHint: boolean
  /** Its results quote text that anyone may have typed, such as a visitor of the bot. */
  readonly openWorldHint: boolean
}

/** Hints of a tool that changes nothing. */
export const READS: Hints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true,
}

/** Hints of a tool that changes or removes existing records. */
export const CHANGES: Hints = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: true,
  openWorldHint: true,
}

/** Hints of a tool that changes records, and may change them again if it is repeated. */
export const CHANGES_AGAIN: Hints = { ...CHANGES, idempotentHint: false }

/** A tool as clients see it, and how to run it. */
export interface ToolDefinition<
  Name extends string = string,
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> {
  readonly name: Name
  readonly title: string
  readonly description: string
  readonly input: Input
  readonly output: Output
  readonly annotations: Hints
  /**
   * What the tool cannot work without: folders for files, the journal, or a Node whose SQLite can
   * bound a query. A server without it does not list the tool.
   */
  readonly needs?: 'files' | 'journal' | 'sql'
  /** The tool is called by views alone. */
  readonly isForViews?: true
  /** Arguments of a valid call, shown with errors. */
  readonly example: z.input<Input>
  /** Loads the tool's code, at its first call. */
  readonly load: () => Promise<{ readonly run: RunTool }>
}

/** Keeps the literal types of a definition. */
export function defineTool<
  const Name extends string,
  Input extends z.ZodObject,
  Output extends z.ZodObject,
>(definition: ToolDefinition<Name, Input, Output>): ToolDefinition<Name, Input, Output> {
  return definition
}

/** Whether a tool can change a table or write a file. */
export function isWriter(tool: { readonly annotations: Hints }): boolean {
  return !tool.annotations.readOnlyHint
}

/** Whether a tool's writes can be previewed and confirmed. */
export function isConfirmed(tool: ToolDefinition): boolean {
  return Object.hasOwn(tool.input.shape, 'confirm_token')
}
