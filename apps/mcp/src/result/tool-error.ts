/** Errors of tools: what is wrong, in which argument, and what to do next. */
import { z } from 'zod'

/** One row that was not written, may have been written, or was stored with other values. */
export const Problem = z.strictObject({
  row: z.int().min(0).describe('Position in the input, from 0').optional(),
  line: z.int().describe('Line in the file').optional(),
  id: z.string().optional(),
  key: z.record(z.string(), z.string().nullable()).describe('Values of the key').optional(),
  status: z.enum(['rejected', 'unknown', 'stored', 'not_sent', 'sent_again']),
  reason: z.string(),
  field: z.string().optional(),
})
export type Problem = z.infer<typeof Problem>

export interface ErrorDetails {
  /** The invalid argument, such as `where.age.gte` or `records[3].phone`. */
  readonly field?: string | undefined
  /** One step to take next. */
  readonly hint?: string | undefined
  /** Arguments of a valid call. */
  readonly example?: unknown
  /** The number of records that the call would have changed. */
  readonly matched?: number | undefined
  /** The gateway may have executed a write. */
  readonly may_have_been_written?: true | undefined
  /** Records that were written before the error. */
  readonly written_ids?: readonly string[] | undefined
  /** Rows that were not attempted. */
  readonly not_sent?: number | undefined
  /** Their positions in the input, such as `3, 7-12`. */
  readonly not_sent_rows?: string | undefined
  /** Rows of the input that the table has already. */
  readonly present_rows?: readonly number[] | undefined
  readonly problems?: readonly Problem[] | undefined
  /** What the write would change: as fields of the result, and as lines for its text. */
  readonly preview?:
    | { readonly fields: Readonly<Record<string, unknown>>; readonly lines: readonly string[] }
    | undefined
  /** The writes before the error, to check and to undo. */
  readonly change_set?: string | undefined
}

/** The structured content of every result with `isError`; further fields are those of ErrorDetails. */
export const ErrorResult = z.looseObject({
  notice: z.string(),
  error: z.looseObject({
    code: z.string(),
    message: z.string(),
    field: z.string().optional(),
    hint: z.string().optional(),
  }),
})

/** Thrown by a tool to return an error result. The caller sees all of it. */
export class ToolError extends Error {
  readonly code: string
  readonly details: ErrorDetails
  /** Whether it may quote the gateway, which does not know what the operator hides. */
  readonly quotesGateway: boolean

  constructor(code: string, message: string, details: ErrorDetails = {}, quotesGateway = false) {
    super(message)
    this.name = 'ToolError'
    this.code = code
    this.details = details
    this.quotesGateway = quotesGateway
  }
}
