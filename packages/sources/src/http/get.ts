/** One page is requested: redirects are followed, and credentials stay with the origin of the address. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { readBody } from './body.ts'
import { firstValue } from './content.ts'
import { HttpError, statusError } from './errors.ts'
import { type HttpPlan, isAllowedScheme } from './plan.ts'
import type { HttpResponse, HttpTransport } from './transport.ts'

const MAX_REDIRECTS = 5
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]
/** How much of a body without rows is read for a message. */
const MAX_START_BYTES = 8 * 1024

export interface GetOptions {
  /** Which request, for errors. */
  readonly place: string
  /** Whether a page was read before. */
  readonly isFurther: boolean
  /** Headers of a conditional request. */
  readonly conditions?: Readonly<Record<string, string>> | undefined
  /** Statuses that are not errors, besides 200. */
  readonly accepted: readonly number[]
  readonly signal: AbortSignal
}

/** @throws HttpError for a response without rows */
export async function get(
  transport: HttpTransport,
  plan: HttpPlan,
  from: URL,
  options: GetOptions,
): Promise<HttpResponse> {
  const { place, conditions, accepted, signal } = options
  let url = from
  let isTrusted = url.origin === plan.url.origin
  for (let redirects = 0; ; redirects += 1) {
    const headers = { ...plan.headers, ...conditions, ...(isTrusted && plan.credentials) }
    const response = await transport.get(url, headers, place, signal)
    const { status } = response
    if (status === 200 || status === 203 || accepted.includes(status)) return response
    const target = firstValue(response.headers, 'location')
    if (!REDIRECTS.includes(status) || target === undefined) {
      throw await errorOf(response, plan, options, isTrusted)
    }
    response.body.destroy()
    if (redirects === MAX_REDIRECTS) {
      throw new HttpError('SIDE_FAILED', `${place}: more than ${MAX_REDIRECTS} redirects`, {
        hint: 'Use the URL that it redirects to. A redirect to a login page means that the API needs a credential.',
      })
    }
    url = resolveRedirect(target, url, plan, place)
    // Once another host was asked, it decides where the rest of the redirects lead.
    isTrusted &&= url.origin === plan.url.origin
  }
}

function resolveRedirect(target: string, from: URL, plan: HttpPlan, place: string): URL {
  const url = URL.parse(target, from.href)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new HttpError('SIDE_FAILED', `${place}: the API redirects to what is not a web address`)
  }
  if (from.protocol === 'https:' && url.protocol !== 'https:') {
    throw new HttpError('SIDE_FAILED', `${place}: the API redirects from https to ${url.origin}`, {
      hint: 'Data would be sent in plain text. Use the https address of the API.',
    })
  }
  if (!isAllowedScheme(url, plan.settings.allowHttp)) {
    throw new InvalidInputError(
      `${place}: the API redirects to ${url.origin}, which is not https`,
      {
        hint: 'Pass --allow-http to allow that.',
      },
    )
  }
  url.username = ''
  url.password = ''
  return url
}

async function errorOf(
  response: HttpResponse,
  plan: HttpPlan,
  { place, isFurther }: GetOptions,
  isTrusted: boolean,
): Promise<HttpError> {
  const { status, headers } = response
  const hasCredential =
    isTrusted && (Object.keys(plan.credentials).length > 0 || plan.secretParameters.length > 0)
  const start = await startOf(response, place)
  const { mask } = plan
  return statusError({
    status,
    headers,
    start,
    place,
    mask,
    isAuthenticated: hasCredential,
    isFurther,
  })
}

/** The beginning of the body as text; empty if it cannot be read. */
async function startOf({ body, headers }: HttpResponse, place: string): Promise<string> {
  let start: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of readBody(body, headers, { bytes: MAX_START_BYTES * 64 }, place)) {
      start = Buffer.concat([start, chunk])
      if (start.length >= MAX_START_BYTES) break
    }
  } catch {
    // What was received is enough.
  }
  return start.subarray(0, MAX_START_BYTES).toString()
}
