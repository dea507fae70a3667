/** Checks an address and its settings, and resolves references to the environment. */
import { isLoopback } from '@chatlayer-tables/contract'
import { InvalidInputError } from '@chatlayer-tables/core'
import { shorten } from '@chatlayer-tables/files'
import type { SideInput } from '../open-side.ts'
import { ACCEPTED_ENCODINGS } from './body.ts'
import { expand, isReference } from './expand.ts'
import type { HttpSettings } from './http-settings.ts'
import { createMask, type Mask } from './mask.ts'
import { setParameter } from './query.ts'
import { checkSettings } from './settings-check.ts'

/** What is needed to read an API. It contains secrets. */
export interface HttpPlan {
  /** The address without query parameters. */
  readonly name: string
  /** With all parameters. */
  readonly url: URL
  /** The address as it was written, with references in place of secrets. */
  readonly written: string
  readonly settings: HttpSettings
  /** For the origin of the address alone. */
  readonly credentials: Readonly<Record<string, string>>
  /** For every origin. */
  readonly headers: Readonly<Record<string, string>>
  /** Parameters with a secret, which links to further pages may omit. */
  readonly secretParameters: readonly (readonly [name: string, value: string])[]
  readonly mask: Mask
}

/** @throws InvalidInputError for an invalid address, setting, header or missing variable */
export function planRequests(input: SideInput): HttpPlan {
  const { address, env, http: settings = {}, secret } = input
  if (input.query !== undefined) {
    throw new InvalidInputError('an SQL query is for databases; an HTTP API has parameters', {
      hint: 'Add them to the address, such as https://host/path?status=open.',
    })
  }
  checkSettings(settings)
  const url = parseAddress(address, settings)
  const name = url.origin + url.pathname
  const secrets: string[] = secret === undefined ? [] : [secret]
  const secretParameters = expandParameters(url, settings, env, secrets)
  const headers = planHeaders(input, settings, secrets)
  return {
    name,
    url,
    written: address,
    settings,
    ...headers,
    secretParameters,
    mask: createMask(secrets),
  }
}

function parseAddress(address: string, settings: HttpSettings): URL {
  const url = URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidInputError('the address of the API is not a URL', {
      hint: 'Use https://host/path.',
    })
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidInputError('the address of the API must not contain a user or password', {
      hint: "Send them by a header, such as --header 'Authorization: Basic $CREDENTIALS'.",
    })
  }
  if (!isAllowedScheme(url, settings.allowHttp)) {
    throw new InvalidInputError(`${url.origin} must be https; http is for this machine only`, {
      hint: 'Credentials and data would be sent in plain text. Pass --allow-http to allow that.',
    })
  }
  url.hash = ''
  return url
}

/** Plain http is for this machine, unless it is allowed. */
export function isAllowedScheme(url: URL, allowHttp: boolean | undefined): boolean {
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && (allowHttp === true || isLoopback(url.hostname)))
  )
}

const SECRET_NAME = /key|token|secret|auth|sig|pass/i
/** A shorter value is more likely a word than a secret. */
const MIN_SECRET_VALUE = 20

/** @returns the parameters that have a value from the environment */
function expandParameters(
  url: URL,
  settings: HttpSettings,
  env: SideInput['env'],
  secrets: string[],
): [string, string][] {
  const secretParameters: [string, string][] = []
  const add = (name: string, text: string) => {
    const { text: value, inserted } = expand(text, env, `parameter ${shorten(name)}`)
    secrets.push(...inserted)
    if (inserted.length > 0) secretParameters.push([name, value])
    setParameter(url, name, value)
  }
  for (const [name, value] of [...url.searchParams]) {
    // A dollar sign in an address may be part of its language, as in OData.
    if (isReference(value)) add(name, value)
    else if (SECRET_NAME.test(name) || value.length >= MIN_SECRET_VALUE) secrets.push(value)
  }
  for (const [name, value] of Object.entries(settings.parameters ?? {})) add(name, value)
  return secretParameters
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/
/** Headers that are ours to set. */
const OWN_HEADERS =
  /^(?:host|connection|content-length|transfer-encoding|accept-encoding|expect|upgrade|te|trailer|keep-alive|range|if-.*|proxy-.*)$/
const DEFAULT_ACCEPT =
  'application/json, application/x-ndjson, text/csv;q=0.9, text/tab-separated-values;q=0.9, */*;q=0.1'

function planHeaders(
  { env, secret }: SideInput,
  settings: HttpSettings,
  secrets: string[],
): Pick<HttpPlan, 'credentials' | 'headers'> {
  const headers: Record<string, string> = {
    accept: DEFAULT_ACCEPT,
    'accept-encoding': ACCEPTED_ENCODINGS,
    'user-agent': 'chatlayer-tables',
  }
  const credentials: Record<string, string> = {}
  const set = (name: string, value: string) => {
    checkHeader(name, value)
    const lower = name.toLowerCase()
    if (lower === 'accept' || lower === 'user-agent') headers[lower] = value
    else {
      credentials[lower] = value
      secrets.push(value)
    }
  }
  if (secret !== undefined) {
    const { secretHeader } = settings
    if (secretHeader === undefined) set('authorization', `Bearer ${secret.trim()}`)
    else set(secretHeader, secret.trim())
  }
  for (const [name, value] of Object.entries(settings.headers ?? {})) {
    const { text, inserted } = expand(value, env, `header ${shorten(name)}`)
    secrets.push(...inserted)
    set(name, text.trim())
  }
  return { credentials, headers }
}

function checkHeader(name: string, value: string): void {
  if (!HEADER_NAME.test(name)) {
    throw new InvalidInputError(`"${shorten(name)}" is not the name of a header`, {
      hint: 'A header is written as "Name: value".',
    })
  }
  if (OWN_HEADERS.test(name.toLowerCase())) {
    throw new InvalidInputError(`the header ${name} is set by the program`)
  }
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    throw new InvalidInputError(
      `the value of the header ${name} has a line break or another character that headers cannot have`,
    )
  }
}
