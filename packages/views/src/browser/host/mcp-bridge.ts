/** JSON-RPC with the window that frames this page. Messages of other windows are ignored. */
import { RequestFailure } from './host.ts'

type Fields = Readonly<Record<string, unknown>>

export interface BridgeHandlers {
  /** Notifications and requests of the host; requests are answered with an empty result. */
  onMessage(method: string, params: Fields): void
  /** Methods of requests that the page answers. */
  readonly answered: readonly string[]
}

interface Waiting {
  readonly resolve: (result: Fields) => void
  readonly reject: (failure: RequestFailure) => void
  readonly timer: number
}

const METHOD_NOT_FOUND = -32601

export class McpBridge {
  readonly #handlers: BridgeHandlers
  readonly #waiting = new Map<number, Waiting>()
  readonly #listen = (event: MessageEvent): void => this.#receive(event)
  #nextId = 1
  #isClosed = false

  constructor(handlers: BridgeHandlers) {
    this.#handlers = handlers
    window.addEventListener('message', this.#listen)
  }

  /** @throws RequestFailure */
  request(method: string, params: Fields, timeoutMs: number): Promise<Fields> {
    if (this.#isClosed) return Promise.reject(closed())
    const id = this.#nextId
    this.#nextId += 1
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => {
        this.#waiting.delete(id)
        const seconds = timeoutMs / 1000
        reject(
          new RequestFailure(
            'TIMEOUT',
            `The assistant's app did not answer in ${seconds} seconds.`,
          ),
        )
      }, timeoutMs)
      this.#waiting.set(id, { resolve, reject, timer })
      this.#send({ id, method, params })
    })
  }

  notify(method: string, params: Fields): void {
    if (!this.#isClosed) this.#send({ method, params })
  }

  close(): void {
    this.#isClosed = true
    window.removeEventListener('message', this.#listen)
    for (const { reject, timer } of this.#waiting.values()) {
      window.clearTimeout(timer)
      reject(closed())
    }
    this.#waiting.clear()
  }

  #receive({ source, data }: MessageEvent): void {
    if (source !== window.parent || !isFields(data) || data.jsonrpc !== '2.0') return
    const { id, method } = data
    if (typeof method === 'string') {
      if (id !== undefined) this.#send({ id, ...this.#answer(method) })
      this.#handlers.onMessage(method, isFields(data.params) ? data.params : {})
    } else this.#settle(data)
  }

  #answer(method: string): Fields {
    if (method === 'ping' || this.#handlers.answered.includes(method)) return { result: {} }
    return { error: { code: METHOD_NOT_FOUND, message: `this page does not answer ${method}` } }
  }

  #settle({ id, result, error }: Fields): void {
    const waiting = this.#waiting.get(Number(id))
    if (waiting === undefined) return
    this.#waiting.delete(Number(id))
    window.clearTimeout(waiting.timer)
    if (isFields(result)) waiting.resolve(result)
    else {
      const reason =
        isFields(error) && typeof error.message === 'string' ? error.message : 'no reason'
      waiting.reject(
        new RequestFailure(
          'HOST_ERROR',
          `The assistant's app did not carry out the request: ${reason}`,
        ),
      )
    }
  }

  /** To any origin: hosts frame pages by sandboxes whose origin pages cannot know. */
  #send(message: Fields): void {
    window.parent.postMessage({ jsonrpc: '2.0', ...message }, '*')
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function closed(): RequestFailure {
  return new RequestFailure('CLOSED', "The assistant's app has closed this page.")
}
