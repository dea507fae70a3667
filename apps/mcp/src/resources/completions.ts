/** Completion of arguments. Replaces the SDK's own, whose results cannot carry the data notice. */
import { type McpServer, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import { DATA_MARK } from '../result/untrusted.ts'
import type { Complete } from './complete.ts'

/** The protocol's limit. */
const MAX_VALUES = 100

export type Completers = Readonly<Record<string, Complete>>

/** The completers of arguments of prompts and resource templates. */
export class Completions {
  readonly #prompts = new Map<string, Completers>()
  readonly #resources = new Map<string, Completers>()

  ofPrompt(name: string, completers: Completers): void {
    this.#prompts.set(name, completers)
  }

  ofResource(template: string, completers: Completers): void {
    this.#resources.set(template, completers)
  }

  register({ server }: McpServer): void {
    if (this.#prompts.size + this.#resources.size === 0) return
    server.registerCapabilities({ completions: {} })
    server.setRequestHandler('completion/complete', async ({ params }) => {
      const { ref, argument, context } = params
      const completers =
        ref.type === 'ref/prompt' ? this.#prompts.get(ref.name) : this.#resources.get(ref.uri)
      if (completers === undefined) {
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          'Unknown prompt or resource template.',
        )
      }
      const complete = Object.hasOwn(completers, argument.name)
        ? completers[argument.name]
        : undefined
      const values = (await complete?.(argument.value, context)) ?? []
      return {
        completion: {
          values: values.slice(0, MAX_VALUES),
          total: values.length,
          hasMore: values.length > MAX_VALUES,
        },
        _meta: DATA_MARK,
      }
    })
  }
}
