import type { ChatlayerError, ErrorCode } from '@chatlayer-tables/core'
import { CellError } from '../values/cell-error.ts'
import type { RowProblem } from './import-types.ts'

/** Whether trouble speaks of the row itself, so that sending it again as it is makes no sense. */
const IS_OF_THE_ROW: Readonly<Record<ErrorCode, boolean>> = {
  INVALID_INPUT: true,
  NOT_EXPRESSIBLE: true,
  REJECTED: true,
  CONFIGURATION: false,
  NOT_FOUND: false,
  AUTHENTICATION: false,
  PERMISSION: false,
  RATE_LIMITED: false,
  GATEWAY: false,
  CONNECTION: false,
  TIMEOUT: false,
  UNEXPECTED_ANSWER: false,
  TABLE_CHANGED: false,
  UNKNOWN_OUTCOME: false,
}

export function isOfTheRow({ code }: ChatlayerError): boolean {
  return IS_OF_THE_ROW[code]
}

export function rowProblem(
  line: number,
  outcome: RowProblem['outcome'],
  error: ChatlayerError,
  tried?: readonly string[],
): RowProblem {
  return {
    line,
    outcome,
    column: columnOf(error),
    value: error instanceof CellError ? error.value : undefined,
    code: error.code,
    reason: error.message,
    fix: error.hint,
    status: 'status' in error && typeof error.status === 'number' ? error.status : undefined,
    tried,
  }
}

/** Errors name the place as `values.<column>`, perhaps with a place inside a JSON value. */
function columnOf(error: ChatlayerError): string | undefined {
  const field = 'field' in error ? error.field : undefined
  return typeof field === 'string' && field.startsWith('values.') ? field.slice(7) : undefined
}
