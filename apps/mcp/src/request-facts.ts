/** The facts of the protocol about one call. */
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type ClientCapabilities,
  inputResponse,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { declaresViews } from './views/declared.ts'

/** The key of the user's answer to a question. */
export const QUESTION = 'confirm'

export interface RequestFacts {
  /** Whether the call came over HTTP. */
  readonly isHttp: boolean
  /** The signed-in caller over HTTP. */
  readonly principal: string | undefined
  /** The client program by its own name. */
  readonly client: string | undefined
  /** Whether the client can show its user a form. */
  readonly canAsk: boolean
  /** Whether the client declares that it shows pages of MCP Apps. */
  readonly showsViews: boolean
  /** Whether it returns the answer with a call of its own, or not at all; otherwise the call waits for it. */
  readonly answersLater: boolean
  /** The user's answer to a question from an earlier round of this call. */
  readonly answer: Answer | undefined
  /**
   * Reports the progress of the call to the client; undefined if the client did not ask for it. Resolves
   * when the report is sent: reports after the result are lost.
   */
  readonly progress:
    | ((done: number, total: number | undefined, message: string) => Promise<void>)
    | undefined
}

export interface Answer {
  /** From the question. */
  readonly token: string
  /** `failed`: the client did not show the question, or did not return what was asked for. */
  readonly outcome: 'agreed' | 'declined' | 'failed'
}

/** The facts of a call without a client. */
export const NO_FACTS: RequestFacts = {
  isHttp: false,
  principal: undefined,
  client: undefined,
  canAsk: false,
  showsViews: false,
  answersLater: false,
  answer: undefined,
  progress: undefined,
}

/** What is known of the client from the handshake, for clients of the older protocol. */
export interface Handshake {
  readonly capabilities: ClientCapabilities | undefined
  /** The client's name. */
  readonly program: string | undefined
  /** Whether it declared views in an earlier request, whose capabilities are not known any more. */
  readonly showsViews?: boolean | undefined
}

export function requestFacts(
  { mcpReq, http }: ServerContext,
  { capabilities, program, showsViews = false }: Handshake,
): RequestFacts {
  const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {}
  const named = Program.safeParse(envelope[CLIENT_INFO_META_KEY])
  const declared = envelope[CLIENT_CAPABILITIES_META_KEY] ?? capabilities
  return {
    isHttp: http !== undefined,
    principal: http?.authInfo?.clientId,
    client: (named.success ? named.data.name : program)?.slice(0, MAX_NAME_LENGTH),
    canAsk: hasForms(declared),
    showsViews: declared === undefined ? showsViews : declaresViews(declared),
    answersLater: mcpReq.envelope !== undefined,
    answer: answerOf(mcpReq),
    progress: progressOf(mcpReq),
  }
}

const Program = z.looseObject({ name: z.string() })

const MAX_NAME_LENGTH = 80

const Elicitation = z.looseObject({ elicitation: z.looseObject({}) })

/** A client that declares elicitation without details supports forms. */
function hasForms(capabilities: unknown): boolean {
  const { success, data } = Elicitation.safeParse(capabilities)
  return success && ('form' in data.elicitation || !('url' in data.elicitation))
}

function answerOf(mcpReq: ServerContext['mcpReq']): RequestFacts['answer'] {
  const token = mcpReq.requestState<unknown>()
  if (typeof token !== 'string') return undefined
  return { token, outcome: outcomeOf(inputResponse(mcpReq.inputResponses, QUESTION)) }
}

/** What the user answered, by the response of the client. */
export function outcomeOf(view: ReturnType<typeof inputResponse>): Answer['outcome'] {
  if (view.kind !== 'elicit') return 'failed'
  if (view.action !== 'accept') return 'declined'
  const confirm = view.content?.confirm
  if (typeof confirm !== 'boolean') return 'failed'
  return confirm ? 'agreed' : 'declined'
}

/** The minimum interval of progress reports; the last report is always sent. */
const MIN_INTERVAL_MS = 100

/** Added to a report without progress: the protocol wants each one to be larger than the one before. */
const STEP = 0.001

function progressOf({ _meta, notify }: ServerContext['mcpReq']): RequestFacts['progress'] {
  const progressToken = _meta?.progressToken
  if (progressToken === undefined) return undefined
  let sentAt = Number.NEGATIVE_INFINITY
  let sent = Number.NEGATIVE_INFINITY
  return async (done, total, message) => {
    const now = performance.now()
    if (now - sentAt < MIN_INTERVAL_MS && done !== total) return
    sentAt = now
    sent = done > sent ? done : sent + STEP
    const more = total === undefined ? {} : { total }
    const params = { progressToken, progress: sent, message, ...more }
    // A write continues if its client is gone.
    await notify({ method: 'notifications/progress', params }).catch(() => undefined)
  }
}
