import { completable, type McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { type Complete, completeColumn, completeTable } from '../resources/complete.ts'
import type { Session } from '../session.ts'
import type { Tool } from '../tools/index.ts'
import { PROMPTS, type PromptArgument, PromptArguments, type PromptDefinition } from './prompts.ts'

/** The jobs that a caller with these tools can do; names of tables and columns are completed. */
export function registerPrompts(server: McpServer, tools: readonly Tool[], session: Session): void {
  const names = new Set<string>(tools.map(({ name }) => name))
  for (const prompt of PROMPTS) {
    if (!prompt.needs.every((tool) => names.has(tool))) continue
    const { name, title, description } = prompt
    server.registerPrompt(
      name,
      { title, description, argsSchema: argumentsOf(prompt, session) },
      (args) => ({
        description,
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

function argumentsOf({ args }: PromptDefinition, session: Session) {
  const completions: Readonly<Record<string, Complete>> = {
    table: completeTable(session),
    column: completeColumn(session),
    key: completeColumn(session),
  }
  const fields = Object.entries(args).map(([name, argument]) => {
    return [name, fieldOf(argument, completions[name])] as const
  })
  return z.strictObject(Object.fromEntries(fields))
}

function fieldOf({ about, optional }: PromptArgument, complete: Complete | undefined) {
  const plain = (optional ? z.string() : z.string().min(1)).describe(about)
  // The SDK looks for the completion within what is optional.
  const field = complete === undefined ? plain : completable(plain, complete)
  return optional ? field.optional() : field
}
