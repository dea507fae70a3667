/** What a page is shown by, and gets its data from. */
import type { ToolCall } from '../../protocol/cells.ts'
import type { RequestName, RequestParams, RequestResult } from '../../protocol/requests.ts'

export interface Host {
  /** `file`: data inside the page. `server`: a program of this machine. `assistant`: an MCP host. */
  readonly kind: 'file' | 'server' | 'assistant'
  /** @throws RequestFailure */
  request<Name extends RequestName>(
    name: Name,
    params: RequestParams<Name>,
  ): Promise<RequestResult<Name>>
  /** What the host says the page is about, such as the review of a tool's result. */
  readonly subject: Subject
  /** Tells an assistant's model what the user did, in fixed words and numbers; nothing elsewhere. */
  report(text: string): void
}

export interface Subject {
  readonly table?: string
  readonly review?: string
  readonly changeSet?: string
  /** The call whose result an assistant's host shows here. */
  readonly call?: ToolCall
  /** Whether the tool's result has groups instead of records. */
  readonly isGrouped?: boolean
}

export class RequestFailure extends Error {
  readonly code: string
  readonly hint: string | undefined

  constructor(code: string, message: string, hint?: string) {
    super(message)
    this.name = 'RequestFailure'
    this.code = code
    this.hint = hint
  }
}
