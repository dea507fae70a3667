/** Collects the exchanges of a probe, and writes them without values at the end. */
import {
  endpoints,
  REQUEST_PLACES,
  RESPONSE_PLACES,
  TableAction,
  VERSIONS,
} from '@chatlayer-tables/contract'
import type { Finding, ProbeExchange, ProbeRecorder } from '@chatlayer-tables/core'
import type { Report, ReportExchange, Verdict } from './format.ts'
import { type HeaderValues, maskHeaders } from './headers.ts'
import { type MaskedBody, maskBody } from './mask.ts'
import { type Masked, type Placeholders, written } from './placeholders.ts'
import { judgeResponse, schemaOf } from './verdict.ts'

const MAX_TEXT = 32 * 1024 * 1024
const MAX_EXCHANGES = 300

type Form = NonNullable<ReportExchange['response']>['form']

interface HeldResponse {
  readonly status: number
  readonly headers: HeaderValues
  readonly form: Form
  readonly bytes: number
  readonly masked: MaskedBody | undefined
}

interface Held {
  readonly exchange: ProbeExchange
  readonly params: readonly (readonly [string, Masked])[]
  readonly request: Masked | undefined
  readonly response: HeldResponse | null
  readonly verdict: Verdict | undefined
}

export class Recorder implements ProbeRecorder {
  readonly findings: Finding[] = []
  readonly #placeholders: Placeholders
  readonly #held: Held[] = []

  constructor(placeholders: Placeholders) {
    this.#placeholders = placeholders
  }

  onFinding(finding: Finding): void {
    this.findings.push(finding)
  }

  onExchange(exchange: ProbeExchange): void {
    if (this.#held.length >= MAX_EXCHANGES) return
    const { operation, answer, body } = exchange
    const params = paramsOf(exchange).map(
      ([name, value]) => [name, this.#placeholders.text(value)] as const,
    )
    const request =
      body === undefined
        ? undefined
        : maskBody(JSON.parse(body), TableAction, REQUEST_PLACES, this.#placeholders).body
    // The text of a response may be large: it is masked now, and not kept.
    const without: ProbeExchange = { ...exchange, answer: 'withdrawn', body: undefined }
    if (typeof answer === 'string') {
      const failed = { ...without, answer }
      this.#held.push({ exchange: failed, params, request, response: null, verdict: undefined })
      return
    }
    const { status, headers, text } = answer
    const { form, value } = readText(text)
    const isEmptyWrite = form === 'empty' && body !== undefined
    const read = form === 'json' ? value : isEmptyWrite ? {} : undefined
    const masked =
      form === 'json'
        ? maskBody(value, schemaOf(operation, status), RESPONSE_PLACES, this.#placeholders)
        : undefined
    this.#held.push({
      exchange: without,
      params,
      request,
      response: { status, headers, form, bytes: Buffer.byteLength(text), masked },
      verdict: judgeResponse(operation, status, read),
    })
  }

  exchanges(): ReportExchange[] {
    return this.#held.map((held, at) => this.#write(held, at + 1))
  }

  #write({ exchange, params, request, response, verdict }: Held, number: number): ReportExchange {
    const { call, question, operation, method, path, answer } = exchange
    return {
      number,
      call,
      question,
      operation,
      method,
      path: endpoints[operation].path,
      params: Object.fromEntries(params.map(([name, value]) => [name, String(written(value))])),
      query: queryOf(path),
      ...(request !== undefined && { request: written(request) }),
      response: response === null ? null : this.#writeResponse(response),
      ...(response === null && { failure: String(answer) }),
      ...(verdict !== undefined && { verdict }),
    }
  }

  #writeResponse({
    status,
    headers,
    form,
    bytes,
    masked,
  }: HeldResponse): ReportExchange['response'] {
    const { shown, others } = maskHeaders(headers)
    return {
      status,
      headers: { ...shown },
      otherHeaders: [...others],
      form,
      bytes,
      ...(masked !== undefined && { body: written(masked.body) }),
      ...(masked?.abbreviated === true && { abbreviated: true }),
      ...(masked !== undefined && masked.leftOut > 0 && { leftOut: masked.leftOut }),
    }
  }

  unexpectedFields(): Report['unexpectedFields'] {
    const found = new Map<string, Report['unexpectedFields'][number]>()
    for (const [index, { exchange, response }] of this.#held.entries()) {
      for (const { at, name, type } of response?.masked?.unexpected ?? []) {
        const field = { operation: exchange.operation, at, name, type }
        const key = JSON.stringify(field)
        const exchanges = [...(found.get(key)?.exchanges ?? []), index + 1]
        found.set(key, { ...field, exchanges })
      }
    }
    return [...found.values()]
  }
}

function readText(text: string): { readonly form: Form; readonly value?: unknown } {
  if (text.trim() === '') return { form: 'empty' }
  if (text.length > MAX_TEXT) return { form: 'large' }
  try {
    return { form: 'json', value: JSON.parse(text.replace(/^\ufeff/, '')) }
  } catch {
    return { form: /^\s*</.test(text) ? 'html' : 'text' }
  }
}

/** The values of the path's parameters. */
function paramsOf({ operation, path }: ProbeExchange): [string, string][] {
  const values = path.replace(/\?.*/s, '').split('/')
  return endpoints[operation].path.split('/').flatMap((part, at) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1]
    return name === undefined
      ? []
      : [[name, decodeURIComponent(values[at] ?? '')] as [string, string]]
  })
}

/** Versions and numbers, which are all that the operations take. */
function queryOf(path: string): Record<string, string | number> {
  const [, search = ''] = /\?(.*)$/s.exec(path) ?? []
  const entries = [...new URLSearchParams(search)].map(([name, value]) => {
    const isVersion = VERSIONS.some((version) => version === value)
    return [name, isVersion ? value : Number(value)] as const
  })
  return Object.fromEntries(entries)
}
