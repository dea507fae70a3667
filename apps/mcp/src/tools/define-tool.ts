import type { z } from 'zod'
import type { ToolName } from './names.ts'

/** What a client is told about a tool's effects; all four hints, so that no default has to be known. */
export interface Hints {
  readonly readOnlyHint: boolean
  /** May overwrite or remove what is there. */
  readonly destructiveHint: boolean
  /** Doing it twice changes no more than doing it once. */
  readonly idempotentHint: boolean
  /** Its answers quote text that anybody may have typed, such as a visitor of the bot. */
  readonly openWorldHint: boolean
}

/** Hints of a tool that changes nothing. */
export const READS: Hints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true,
}

/** A tool as clients see it. What it does stands in `run/`, and is loaded at the first call. */
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
  /** Whether it works on files of the operator's folders. */
  readonly usesFiles?: boolean
  /** Whether it needs the journal, which the operator may have switched off. */
  readonly usesJournal?: boolean
  /** Whether it needs SQL, which older releases of Node cannot bound. */
  readonly usesSql?: boolean
  /** Arguments of a right call, shown with errors. */
  readonly example: z.input<Input>
}

/** Keeps the literal types of a definition. */
export function defineTool<
  const Name extends ToolName,
  Input extends z.ZodObject,
  Output extends z.ZodObject,
>(definition: ToolDefinition<Name, Input, Output>): ToolDefinition<Name, Input, Output> {
  return definition
}

/** Whether a tool can change a table or write a file: the one reading of the annotation. */
export function isWriter(tool: { readonly annotations: Hints }): boolean {
  return !tool.annotations.readOnlyHint
}
