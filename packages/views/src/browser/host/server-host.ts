/** A program of this machine that serves this page, such as `open`. */
import type { RequestName, RequestParams, RequestResult } from '../../protocol/requests.ts'
import { type Host, RequestFailure } from './host.ts'
import { isFields } from './mcp-bridge.ts'
import { showBanner } from './page-message.ts'

const SECRET = /^[\w-]{20,}$/
/** The name of the secret in the storage of the tab. */
const STORED = 'secret'

/** @throws RequestFailure if neither the address nor this tab has a secret */
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

/**
 * The secret is in the fragment, which browsers do not send. It moves to the storage of this tab, so that
 * the page can be reloaded: other tabs and sites cannot read it, and it is worthless once the program ends.
 */
function takeSecret(): string {
  const fragment = location.hash.slice(1)
  if (SECRET.test(fragment)) {
    sessionStorage.setItem(STORED, fragment)
    history.replaceState(null, '', location.pathname + location.search)
    return fragment
  }
  const secret = sessionStorage.getItem(STORED)
  if (secret === null) {
    throw new RequestFailure(
      'NO_SECRET',
      'The address of this page has no secret, so the program does not answer it.',
      'Open the whole address that the program printed, or run the command again.',
    )
  }
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
