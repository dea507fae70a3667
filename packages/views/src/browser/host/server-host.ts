/** A program of this machine that serves this page, such as `open`. */
import type { RequestName, RequestParams, RequestResult } from '../../protocol/requests.ts'
import { type Host, RequestFailure } from './host.ts'
import { isFields } from './mcp-bridge.ts'
import { showBanner } from './page-message.ts'

/** @throws RequestFailure if the address has no secret */
export function serverHost(): Host {
  const secret = takeSecret()
  return {
    kind: 'server',
    subject: {},
    report: () => undefined,
    async request<Name extends RequestName>(name: Name, params: RequestParams<Name>) {
      const answer = await post(secret, JSON.stringify({ request: name, params }))
      if (isFields(answer) && answer.result !== undefined) {
        return answer.result as RequestResult<Name>
      }
      throw failureOf(isFields(answer) ? answer.error : undefined)
    },
  }
}

/** The secret is in the fragment, which browsers do not send, and stays in this page's memory only. */
function takeSecret(): string {
  const secret = location.hash.slice(1)
  if (!/^[\w-]{20,}$/.test(secret)) {
    throw new RequestFailure(
      'NO_SECRET',
      'The address of this page has no secret, so the program does not answer it.',
      'Open the whole address that the program printed, or run the command again.',
    )
  }
  history.replaceState(null, '', location.pathname + location.search)
  return secret
}

async function post(secret: string, body: string): Promise<unknown> {
  try {
    const response = await fetch('/api', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    })
    return await response.json()
  } catch {
    const message = 'The program behind this page has ended. What is shown may be out of date.'
    showBanner(`${message} Run its command again.`)
    throw new RequestFailure('CONNECTION_LOST', message, 'Run its command again.')
  }
}

function failureOf(error: unknown): RequestFailure {
  if (!isFields(error)) return new RequestFailure('NO_RESULT', 'The program sent no result.')
  const hint = typeof error.hint === 'string' ? error.hint : undefined
  return new RequestFailure(String(error.code), String(error.message), hint)
}
