import { z } from 'zod'
import { isWriter } from '../tools/define-tool.ts'
import type { Scope } from './scopes.ts'

const ToolCall = z.object({
  method: z.literal('tools/call'),
  params: z.object({ name: z.string(), arguments: z.unknown() }),
})

/** What the operator allows everybody. */
export interface Allowed {
  readonly tools: readonly ({ readonly name: string } & Parameters<typeof isWriter>[0])[]
  readonly live: boolean
}

/**
 * The scope that a request needs and its token does not have, where the operator would allow the
 * call: a client can ask its user for a better token then. What the operator forbids needs no scope,
 * since none would help. This tells a client early; what keeps a call from
 * writing is `narrow`.
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
  const lacksLive = allowed.live && !scopes.includes('write:live')
  return lacksLive && namesLive(call.data.params.arguments) ? 'write:live' : undefined
}

const Target = z.object({ table: z.string().regex(/@live\s*$/i) })

function namesLive(args: unknown): boolean {
  return Target.safeParse(args).success
}
