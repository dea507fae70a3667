/** Questions to clients of the older protocol, which answer while the call waits. */
import {
  type ElicitRequestFormParams,
  type InputRequiredResult,
  inputResponse,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { type Answer, outcomeOf, QUESTION } from '../request-facts.ts'

/** People take time to read a preview. */
const TIMEOUT_MS = 600_000

/** Asks the user. A client that cannot show the question, or does not answer in time, has failed to ask. */
export async function askNow(
  { requestState, inputRequests }: InputRequiredResult,
  { mcpReq }: ServerContext,
): Promise<Answer> {
  const token = requestState ?? ''
  const question = inputRequests?.[QUESTION]
  if (question?.method !== 'elicitation/create') return { token, outcome: 'failed' }
  try {
    // The SDK's own loop would end the call with an error of its words, without the preview.
    const response = await mcpReq.send(
      { method: 'elicitation/create', params: question.params as ElicitRequestFormParams },
      { timeout: TIMEOUT_MS, signal: mcpReq.signal },
    )
    return { token, outcome: outcomeOf(inputResponse({ [QUESTION]: response }, QUESTION)) }
  } catch (error) {
    if (mcpReq.signal.aborted) throw error
    return { token, outcome: 'failed' }
  }
}
