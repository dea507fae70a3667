/**
 * Responses in a form that the client takes. The protocol asks for both forms in `Accept`, but proxies
 * and simple clients send one of them, a wildcard, or none.
 */

/** The forms that a client takes. */
export interface Accepted {
  readonly json: boolean
  readonly events: boolean
}

const JSON_TYPE = 'application/json'
const EVENTS_TYPE = 'text/event-stream'
const BOTH = `${JSON_TYPE}, ${EVENTS_TYPE}`

/** @param header of the request; without one, everything is accepted */
export function acceptedForms(header: string | null): Accepted {
  const ranges = (header ?? '*/*')
    .split(',')
    .map((range) => range.trim().toLowerCase())
    .filter((range) => !/;\s*q=0(?:\.0*)?\s*(?:;|$)/.test(range))
    .map((range) => range.replace(/\s*;.*$/s, ''))
  const takes = (type: string): boolean =>
    ['*/*', `${type.split('/')[0]}/*`, type].some((range) => ranges.includes(range))
  return { json: takes(JSON_TYPE), events: takes(EVENTS_TYPE) }
}

/** The request as the protocol wants it, if the client takes at least one of the forms. */
export function acceptingBoth(request: Request, { json, events }: Accepted): Request {
  const given = request.headers.get('accept') ?? ''
  const isComplete = given.includes(JSON_TYPE) && given.includes(EVENTS_TYPE)
  if (request.method !== 'POST' || isComplete || !(json || events)) return request
  const headers = new Headers(request.headers)
  headers.set('accept', BOTH)
  return new Request(request, { headers })
}

/** The response in a form that the client takes. */
export async function inAcceptedForm(
  response: Response,
  { json, events }: Accepted,
): Promise<Response> {
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith(EVENTS_TYPE) && !events && json) {
    const messages = messagesOf(await response.text())
    const body = messages.length === 1 ? messages[0] : messages
    return Response.json(body, { status: response.status, headers: withoutType(response) })
  }
  if (type.startsWith(JSON_TYPE) && !json && events && response.ok) {
    const headers = { ...withoutType(response), 'content-type': EVENTS_TYPE }
    const text = JSON.stringify(await response.json())
    return new Response(`event: message\ndata: ${text}\n\n`, { status: response.status, headers })
  }
  return response
}

function withoutType({ headers }: Response): Record<string, string> {
  const all = Object.fromEntries(headers)
  for (const name of ['content-type', 'content-length']) delete all[name]
  return all
}

/** The responses in a stream of events; its notifications have no place in a single body. */
function messagesOf(text: string): unknown[] {
  return text
    .split(/\r?\n\r?\n/)
    .map((event) =>
      event
        .split(/\r?\n/)
        .flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trimStart()] : []))
        .join('\n'),
    )
    .filter((data) => data !== '')
    .map((data): unknown => JSON.parse(data))
    .filter((message) => typeof message === 'object' && message !== null && !('method' in message))
}
