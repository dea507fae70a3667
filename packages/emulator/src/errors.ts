import { STATUS_CODES } from 'node:http'

/** A rejected request: the status and the message of its response. */
export class Rejection extends Error {
  override readonly name = 'Rejection'
  readonly status: number
  /** One message for each problem. */
  readonly messages: readonly string[]

  constructor(status: number, messages: string | readonly string[]) {
    const list = typeof messages === 'string' ? [messages] : messages
    super(list.join('; '))
    this.status = status
    this.messages = list
  }
}

export function badRequest(messages: string | readonly string[]): Rejection {
  return new Rejection(400, messages)
}

export function notFound(message: string): Rejection {
  return new Rejection(404, message)
}

/** The rejection for an error; any other error is a bug, and is printed to stderr. */
export function rejectionOf(error: unknown): Rejection {
  if (error instanceof Rejection) return error
  console.error(error)
  return new Rejection(500, 'the emulator failed; this is a bug')
}

/** The short name of a status, such as "Bad Request". */
export function statusText(status: number): string {
  return STATUS_CODES[status] ?? 'Error'
}

/** Invalid options at the start, or an invalid call of the handle. */
export class EmulatorError extends Error {
  override readonly name = 'EmulatorError'
}
