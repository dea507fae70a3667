/** An assistant's app that shows this page: MCP Apps (SEP-1865), version 2026-01-26. */
import type { RequestName, RequestParams, RequestResult } from '../../protocol/requests.ts'
import { embeddedHost } from './embedded-host.ts'
import { type Host, RequestFailure, type Subject } from './host.ts'
import { applyContext, reportSize } from './host-style.ts'
import { isFields, McpBridge } from './mcp-bridge.ts'
import { contentOf, dataOf, subjectOf } from './tool-result.ts'

type Fields = Readonly<Record<string, unknown>>

const PROTOCOL = '2026-01-26'
const NONCE = 'chatlayer-tables/nonce'
const INITIALIZE_MS = 20_000
const REQUEST_MS = 60_000
const WRITE_MS = 600_000
/** Some hosts pass on no result: then the arguments have to do. */
const RESULT_AFTER_ARGUMENTS_MS = 3_000
/** Of a call whose arguments do not say what to show, such as a preview. */
const RESULT_MS = 120_000
const ANYTHING_MS = 10_000

/** @throws RequestFailure if the host does not answer, or the call was cancelled */
export async function assistantHost(): Promise<Host> {
  const host = new AssistantHost()
  await host.open()
  return host
}

class AssistantHost implements Host {
  readonly kind = 'assistant'
  subject: Subject = {}
  readonly #bridge = new McpBridge({
    answered: ['ui/resource-teardown'],
    onMessage: (method, params) => this.#receive(method, params),
  })
  readonly #settled = Promise.withResolvers<void>()
  readonly #nonces = new Map<string, string>()
  readonly #reports: string[] = []
  #capabilities: Fields = {}
  #tool = document.querySelector<HTMLMetaElement>('meta[name="chatlayer-tool"]')?.content ?? ''
  #arguments: Fields = {}
  #content: Fields | undefined
  #timer = 0
  #stopSize = (): void => undefined

  async open(): Promise<void> {
    // The call may be cancelled before anything waits for it.
    this.#settled.promise.catch(() => undefined)
    const answer = await this.#bridge.request(
      'ui/initialize',
      {
        appInfo: { name: 'chatlayer-tables', version: '1' },
        appCapabilities: {},
        protocolVersion: PROTOCOL,
      },
      INITIALIZE_MS,
    )
    if (isFields(answer.hostCapabilities)) this.#capabilities = answer.hostCapabilities
    if (isFields(answer.hostContext)) this.#takeContext(answer.hostContext)
    this.#bridge.notify('ui/notifications/initialized', {})
    this.#stopSize = reportSize(this.#bridge)
    this.#settleAfter(this.#content === undefined ? ANYTHING_MS : 0)
    await this.#settled.promise
    this.subject = subjectOf(this.#content ?? {}, {
      tool: this.#tool,
      arguments: this.#arguments,
    })
  }

  async request<Name extends RequestName>(
    name: Name,
    params: RequestParams<Name>,
  ): Promise<RequestResult<Name>> {
    if (this.#capabilities.serverTools === undefined) return this.#fromResult(name, params)
    const isDecision = name === 'approve' || name === 'decline'
    const sent = isDecision ? this.#withNonce(params as { review: string }) : params
    const reply = await this.#bridge.request(
      'tools/call',
      { name: 'view_data', arguments: { request: name, params: sent } },
      isDecision ? WRITE_MS : REQUEST_MS,
    )
    const content = contentOf(reply)
    if (reply.isError === true || content.result === undefined) throw failureOf(content, reply)
    if (name === 'changes') this.#keepNonce(content.result, reply)
    return content.result as RequestResult<Name>
  }

  report(text: string): void {
    // Each update replaces the one before.
    this.#reports.push(text)
    const content = [{ type: 'text', text: this.#reports.join('\n') }]
    if (this.#capabilities.updateModelContext !== undefined) {
      void this.#tell('ui/update-model-context', { content })
    } else if (this.#capabilities.message !== undefined) {
      void this.#tell('ui/message', { role: 'user', content: [{ type: 'text', text }] })
    }
  }

  async #tell(method: string, params: Fields): Promise<void> {
    // What was written is shown anyway, and the journal has it.
    await this.#bridge.request(method, params, REQUEST_MS).catch(() => undefined)
  }

  #receive(method: string, params: Fields): void {
    if (method === 'ui/notifications/tool-input') this.#takeArguments(params)
    else if (method === 'ui/notifications/tool-input-partial') this.#settleAfter(RESULT_MS)
    else if (method === 'ui/notifications/tool-result') this.#takeResult(params)
    else if (method === 'ui/notifications/tool-cancelled') this.#cancel()
    else if (method === 'ui/notifications/host-context-changed') this.#takeContext(params)
    else if (method === 'ui/resource-teardown') this.#close()
  }

  #takeContext(context: Fields): void {
    applyContext(context)
    const info = isFields(context.toolInfo) ? context.toolInfo.tool : undefined
    if (isFields(info) && typeof info.name === 'string') this.#tool = info.name
  }

  #takeArguments({ arguments: args }: Fields): void {
    if (!isFields(args)) return
    this.#arguments = args
    const { table, changeSet } = subjectOf({}, { tool: this.#tool, arguments: args })
    const isEnough = table !== undefined || changeSet !== undefined
    this.#settleAfter(isEnough ? RESULT_AFTER_ARGUMENTS_MS : RESULT_MS)
  }

  #takeResult(result: Fields): void {
    this.#content = contentOf(result)
    this.#settleAfter(0)
  }

  #cancel(): void {
    this.#settled.reject(new RequestFailure('CANCELLED', 'The call was cancelled.'))
  }

  #settleAfter(ms: number): void {
    window.clearTimeout(this.#timer)
    const isDone = this.#content !== undefined
    this.#timer = window.setTimeout(() => this.#settled.resolve(), isDone ? 0 : ms)
  }

  #close(): void {
    this.#stopSize()
    this.#nonces.clear()
    this.#bridge.close()
  }

  /** The server sends it to pages alone, in metadata. */
  #keepNonce(changes: unknown, { _meta: meta }: Fields): void {
    const review = isFields(changes) && isFields(changes.review) ? changes.review.id : undefined
    const nonce = isFields(meta) ? meta[NONCE] : undefined
    if (typeof review === 'string' && typeof nonce === 'string') this.#nonces.set(review, nonce)
  }

  /** Any use ends a nonce. */
  #withNonce(params: { readonly review: string }): Fields {
    const nonce = this.#nonces.get(params.review)
    this.#nonces.delete(params.review)
    if (nonce !== undefined) return { ...params, nonce }
    throw new RequestFailure(
      'NO_NONCE',
      "The assistant's app did not pass on what this page needs to decide. Nothing was written.",
      'Load the changes again, or decide outside of the assistant: its answer names the command.',
    )
  }

  #fromResult<Name extends RequestName>(
    name: Name,
    params: RequestParams<Name>,
  ): Promise<RequestResult<Name>> {
    const data = dataOf(this.#content ?? {}, this.subject)
    if (Object.hasOwn(data, name)) return embeddedHost(data).request(name, params)
    throw new RequestFailure(
      'NO_SERVER_TOOLS',
      "The assistant's app does not let this page ask for data.",
      'Ask the assistant in the chat.',
    )
  }
}

function failureOf({ error }: Fields, { content }: Fields): RequestFailure {
  if (isFields(error) && typeof error.message === 'string') {
    const hint = typeof error.hint === 'string' ? error.hint : undefined
    return new RequestFailure(String(error.code), error.message, hint)
  }
  const [block] = Array.isArray(content) ? content : []
  const text = isFields(block) && typeof block.text === 'string' ? block.text.slice(0, 500) : ''
  return new RequestFailure('NO_RESULT', text || 'The server sent no result.')
}
