import {
  ChatlayerError,
  InvalidInputError,
  NotExpressibleError,
  UnknownOutcomeError,
} from '@chatlayer-tables/core'
import { ToolError } from '../result/tool-error.ts'

/**
 * Whatever was thrown, as an answer. Errors of the client are made to be shown; of any other one
 * nothing is, since nobody has looked at what it says.
 *
 * @param signal of the call: once it is aborted, what is thrown is the abort's reason
 */
export function toToolError(error: unknown, signal: AbortSignal): ToolError {
  if (error instanceof ToolError) return error
  if (error instanceof ChatlayerError) return fromClientError(error)
  if (signal.aborted) return abortError(signal)
  return new ToolError('INTERNAL', 'The server made a mistake of its own.', {
    hint: 'The log of the server (stderr) says more.',
  })
}

function abortError({ reason }: AbortSignal): ToolError {
  return reason instanceof Error && reason.name === 'TimeoutError'
    ? new ToolError('TIMEOUT', 'The call took longer than this server allows.')
    : new ToolError('CANCELLED', 'The call was cancelled.')
}

/** An error of the client as an answer. */
export function fromClientError(
  error: ChatlayerError,
  field: string | undefined = fieldOf(error),
): ToolError {
  const details = {
    field,
    hint: error.hint,
    ...(error instanceof UnknownOutcomeError ? { may_have_been_written: true as const } : {}),
  }
  return new ToolError(error.code, messageOf(error), details, true)
}

/**
 * The argument that an error of the client speaks of, by the client's own name for it. Of `select`
 * without the place in the list: it is another one here, and the message names the column.
 */
export function fieldOf(error: ChatlayerError): string | undefined {
  return error instanceof InvalidInputError || error instanceof NotExpressibleError
    ? error.field?.replace(/^select\[\d+\]/, 'select')
    : undefined
}

/** What an error of the client says, as a sentence; the place it begins with is told as the field. */
export function messageOf(error: ChatlayerError): string {
  const field = 'field' in error && typeof error.field === 'string' ? error.field : undefined
  const { message } = error
  const text =
    field !== undefined && message.startsWith(`${field}: `)
      ? message.slice(field.length + 2)
      : message
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}

/** Has errors of the client name the argument of the tool that they speak of. */
export async function naming<T>(
  argumentOf: (error: ChatlayerError) => string | undefined,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw error instanceof ChatlayerError ? fromClientError(error, argumentOf(error)) : error
  }
}
