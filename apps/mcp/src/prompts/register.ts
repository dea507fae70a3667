import type { McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { completeColumn, completeTable } from '../resources/complete.ts'
import type { Completers, Completions } from '../resources/completions.ts'
import { DATA_MARK } from '../result/untrusted.ts'
import type { Session } from '../session.ts'
import type { Tool } from '../tools/registry.ts'
import { PROMPTS, type PromptArgument, PromptArguments, type PromptDefinition } from './prompts.ts'

/** Registers the prompts whose tools the caller may use, with completion of table and column names. */
export function registerPrompts(
  server: McpServer,
  tools: readonly Tool[],
  session: Session,
  completions: Completions,
): void {
  const completers: Completers = {
    table: completeTable(session),
    column: completeColumn(session),
    key: completeColumn(session),
  }
  const names = new Set<string>(tools.map(({ name }) => name))
  for (const prompt of PROMPTS) {
    if (!prompt.needs.every((tool) => names.has(tool))) continue
    const { name, title, description } = prompt
    completions.ofPrompt(name, completers)
    server.registerPrompt(
      name,
      { title, description, argsSchema: argumentsOf(prompt) },
      (args) => ({
        description,
        _meta: DATA_MARK,
        messages: [
          {
            role: 'user',
            content: {
              type: 'text',
              text: prompt.text(PromptArguments.parse(args), (tool) => names.has(tool)),
            },
          },
        ],
      }),
    )
  }
}

function argumentsOf({ args }: PromptDefinition) {
  return z.strictObject(
    Object.fromEntries(Object.entries(args).map(([name, argument]) => [name, fieldOf(argument)])),
  )
}

function fieldOf({ about, optional }: PromptArgument) {
  const field = (optional ? z.string() : z.string().min(1)).describe(about)
  return optional ? field.optional() : field
}
