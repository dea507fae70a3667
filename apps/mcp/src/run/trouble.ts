import {
  ChatlayerError,
  InvalidInputError,
  NotExpressibleError,
  UnknownOutcomeError,
} from '@chatlayer-tables/core'
import { ToolFailure } from '../answer/failure.ts'

/**
 * Whatever was thrown, as an answer. Errors of the client are made to be shown; of any other one
 * nothing is, since nobody has looked at what it says.
 */
export function failureOf(error: unknown): ToolFailure {
  if (error instanceof ToolFailure) return error
  if (error instanceof ChatlayerError) {
    return new ToolFailure(error.code, sentence(error.message), {
      field: fieldOf(error),
      hint: error.hint,
      ...(error instanceof UnknownOutcomeError ? { may_have_been_written: true } : {}),
    })
  }
  return new ToolFailure('INTERNAL', 'The server made a mistake of its own.', {
    hint: 'The log of the server (stderr) says more.',
  })
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

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}
