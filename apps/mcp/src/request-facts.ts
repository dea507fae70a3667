/** What the protocol knows of one call, in our own terms. */
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type ClientCapabilities,
  inputResponse,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { z } from 'zod'

/** The name under which the answer to a question comes back. */
export const QUESTION = 'confirm'

export interface RequestFacts {
  /** Whoever has signed in over HTTP. */
  readonly principal: string | undefined
  /** The program that calls, as it names itself, and whoever has signed in. */
  readonly client: string | undefined
  /** Whether the client can put a form to its user. */
  readonly canAsk: boolean
  /** What came back of a question that an earlier round of this call put. */
  readonly answer: { readonly token: string; readonly agreed: boolean } | undefined
  /**
   * Tells the client how far the call is; undefined when it does not want to know. Resolves once
   * that is on its way: what is told after the answer is lost.
   */
  readonly progress:
    | ((done: number, total: number | undefined, message: string) => Promise<void>)
    | undefined
}

/** The facts of a call that nobody has to confirm and nobody waits for. */
export const NO_FACTS: RequestFacts = {
  principal: undefined,
  client: undefined,
  canAsk: false,
  answer: undefined,
  progress: undefined,
}

/**
 * @param capabilities those of the handshake, for clients of the older protocol
 * @param program how the client named itself then
 */
export function requestFacts(
  { mcpReq, http }: ServerContext,
  capabilities: ClientCapabilities | undefined,
  program: string | undefined,
): RequestFacts {
  const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {}
  const named = Program.safeParse(envelope[CLIENT_INFO_META_KEY])
  const declared = envelope[CLIENT_CAPABILITIES_META_KEY] ?? capabilities
  return {
    principal: http?.authInfo?.clientId,
    client: callerName(named.success ? named.data.name : program, http?.authInfo?.clientId),
    canAsk: hasForms(declared),
    answer: answerOf(mcpReq),
    progress: progressOf(mcpReq),
  }
}

const Program = z.looseObject({ name: z.string() })

const MAX_NAME_LENGTH = 80

/** Such as `claude-code`, or `claude-code (tok_1)` of somebody who has signed in. */
function callerName(
  program: string | undefined,
  principal: string | undefined,
): string | undefined {
  const name = program?.slice(0, MAX_NAME_LENGTH)
  return principal === undefined ? name : name === undefined ? principal : `${name} (${principal})`
}

const Elicitation = z.looseObject({ elicitation: z.looseObject({}) })

/** A client that says no more than that it can elicit can do so by a form. */
function hasForms(capabilities: unknown): boolean {
  const { success, data } = Elicitation.safeParse(capabilities)
  return success && ('form' in data.elicitation || !('url' in data.elicitation))
}

function answerOf(mcpReq: ServerContext['mcpReq']): RequestFacts['answer'] {
  const token = mcpReq.requestState<unknown>()
  if (typeof token !== 'string') return undefined
  const view = inputResponse(mcpReq.inputResponses, QUESTION)
  // A client that comes back without an answer has not shown the question: that is no consent.
  const agreed =
    view.kind === 'elicit' && view.action === 'accept' && view.content?.confirm === true
  return { token, agreed }
}

/** A client is told no oftener than this, but always of the end. */
const PROGRESS_MS = 100

function progressOf({ _meta, notify }: ServerContext['mcpReq']): RequestFacts['progress'] {
  const progressToken = _meta?.progressToken
  if (progressToken === undefined) return undefined
  let sentAt = Number.NEGATIVE_INFINITY
  return async (progress, total, message) => {
    const now = performance.now()
    if (now - sentAt < PROGRESS_MS && progress !== total) return
    sentAt = now
    const params = { progressToken, progress, message, ...(total === undefined ? {} : { total }) }
    // A client that is gone is no trouble of the write.
    await notify({ method: 'notifications/progress', params }).catch(() => undefined)
  }
}
