import { z } from 'zod'
import { isWriter } from '../tools/define-tool.ts'
import type { Scope } from './scopes.ts'

const ToolCall = z.object({
  method: z.literal('tools/call'),
  params: z.object({ name: z.string(), arguments: z.unknown() }),
})

/** The operator's limits for all callers. */
export interface Allowed {
  readonly tools: readonly ({ readonly name: string } & Parameters<typeof isWriter>[0])[]
  readonly live: boolean
}

/**
 * The scope that a request requires but its token lacks, if the operator would allow the call. The client
 * can then ask its user for another token. Calls that the operator does not allow require no scope,
 * because none would help. This only informs the client early; `narrow` enforces the scopes.
 *
 * @param message the parsed body: a JSON-RPC message, or a batch of the older protocol
 */
export function missingScope(
  message: unknown,
  scopes: readonly Scope[],
  allowed: Allowed,
): Scope | undefined {
  if (Array.isArray(message)) {
    return message.map((one) => missingScope(one, scopes, allowed)).find((one) => one)
  }
  const call = ToolCall.safeParse(message)
  if (!call.success) return undefined
  const { name } = call.data.params
  const wanted = allowed.tools.find((tool) => tool.name === name)
  if (wanted === undefined || !isWriter(wanted)) return undefined
  if (!scopes.includes('write:draft')) return 'write:draft'
  const needsLive = allowed.live && !scopes.includes('write:live')
  return needsLive && namesLive(call.data.params.arguments) ? 'write:live' : undefined
}

const Target = z.object({ table: z.string().regex(/@live\s*$/i) })

function namesLive(args: unknown): boolean {
  return Target.safeParse(args).success
}
