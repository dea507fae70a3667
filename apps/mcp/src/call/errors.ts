import {
  ChatlayerError,
  InvalidInputError,
  NotExpressibleError,
  UnknownOutcomeError,
} from '@chatlayer-tables/core'
import { ToolError } from '../result/tool-error.ts'
import { isStorageError, unwordedStateError } from '../state/state-error.ts'

/**
 * Any thrown error as a tool error. Errors of the client are meant to be shown. Other errors are not
 * shown, because their text is not known to be safe.
 *
 * @param signal of the call: once it has aborted, its reason is thrown
 */
export function toToolError(error: unknown, signal: AbortSignal): ToolError {
  if (error instanceof ToolError) return error
  if (error instanceof ChatlayerError) return fromClientError(error)
  if (isStorageError(error)) return unwordedStateError(error)
  if (signal.aborted) return abortError(signal)
  return new ToolError('INTERNAL', 'Internal error of this server.', {
    hint: 'Ask the operator to check the log of the server (stderr).',
  })
}

function abortError({ reason }: AbortSignal): ToolError {
  return reason instanceof Error && reason.name === 'TimeoutError'
    ? new ToolError('TIMEOUT', 'The call took longer than this server allows.')
    : new ToolError('CANCELLED', 'The call was cancelled.')
}

/** An error of the client as a tool error. */
export function fromClientError(
  error: ChatlayerError,
  field: string | undefined = fieldOf(error),
): ToolError {
  const details = {
    field,
    hint: hintFor(error.hint),
    ...(error instanceof UnknownOutcomeError ? { may_have_been_written: true as const } : {}),
  }
  return new ToolError(error.code, messageOf(error), details, true)
}

/** Flags and commands of the command line: they mean nothing to a caller of a tool. */
const COMMAND_LINE = /(?:^|[\s"'(`])(?:--?[a-z]|clt\s)/i

/** A hint of a library without the sentences that name flags or commands; undefined if none is left. */
export function hintFor(hint: string | undefined): string | undefined {
  const sentences = hint?.split(/(?<=[.!?]) /).filter((text) => !COMMAND_LINE.test(text))
  return sentences?.join(' ') || undefined
}

/**
 * The argument that an error of the client is about, by the client's own name. `select` comes without
 * its index: the list may differ from the caller's, and the message names the column.
 */
export function fieldOf(error: ChatlayerError): string | undefined {
  return error instanceof InvalidInputError || error instanceof NotExpressibleError
    ? error.field?.replace(/^select\[\d+\]/, 'select')
    : undefined
}

/** The message of a client's error as a sentence, without the field that it starts with. */
export function messageOf(error: ChatlayerError): string {
  const field = 'field' in error && typeof error.field === 'string' ? error.field : undefined
  const { message } = error
  const text =
    field !== undefined && message.startsWith(`${field}: `)
      ? message.slice(field.length + 2)
      : message
  // The first word may also be the name of a file.
  const capital = text.replace(
    /^[a-z]+(?=[\s:;,])/,
    (word) => word[0]?.toUpperCase() + word.slice(1),
  )
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}

/** Runs `act`; its client errors name the argument that `argumentOf` returns. */
export async function withArgumentNames<T>(
  argumentOf: (error: ChatlayerError) => string | undefined,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw error instanceof ChatlayerError ? fromClientError(error, argumentOf(error)) : error
  }
}
