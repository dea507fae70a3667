import { ErrorBody } from './schemas.ts'

export interface GatewayMessage {
  /** The gateway's message; several are joined by "; ". Undefined when there is none. */
  readonly message: string | undefined
  /** The short name of the status, such as "Bad Request". */
  readonly error: string | undefined
  readonly statusCode: number | undefined
}

const NOTHING: GatewayMessage = { message: undefined, error: undefined, statusCode: undefined }

/** Reads an error body that was already parsed as JSON. A body of another shape has no message. */
export function readErrorBody(body: unknown): GatewayMessage {
  const parsed = ErrorBody.safeParse(body)
  if (!parsed.success) return NOTHING
  const { message, error, statusCode } = parsed.data
  const text = Array.isArray(message) ? message.join('; ') : message
  return { message: text === '' ? undefined : text, error, statusCode }
}

/** The form of an error body's `message`; undefined when there is none. */
export function messageForm(body: unknown): 'string' | 'array' | undefined {
  const { message } = ErrorBody.safeParse(body).data ?? {}
  if (message === undefined) return undefined
  return Array.isArray(message) ? 'array' : 'string'
}
