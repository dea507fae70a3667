/** Trouble as an answer: what is wrong, in which argument, what is near, and a call that is right. */
import { z } from 'zod'

/** One row of a write that did not go through. */
export const Problem = z.strictObject({
  row: z.int().min(0).describe('Place in the input, from 0').optional(),
  line: z.int().describe('Of the file').optional(),
  id: z.string().optional(),
  status: z.enum(['rejected', 'unknown', 'stored']),
  reason: z.string(),
  field: z.string().optional(),
})
export type Problem = z.infer<typeof Problem>

export interface ErrorDetails {
  /** The argument at fault, such as `where.age.gte` or `records[3].phone`. */
  readonly field?: string | undefined
  /** What to do next. */
  readonly hint?: string | undefined
  /** Arguments of a right call. */
  readonly example?: unknown
  /** How many records the call would have changed. */
  readonly matched?: number | undefined
  /** The gateway may have carried a write out. */
  readonly may_have_been_written?: true | undefined
  /** Records that were written before the trouble came. */
  readonly written_ids?: readonly string[] | undefined
  readonly problems?: readonly Problem[] | undefined
  /** What had landed by then, to look at and to undo. */
  readonly change_set?: string | undefined
}

/** The structured form of every answer with `isError`; further fields are those of ErrorDetails. */
export const ErrorResult = z.looseObject({
  notice: z.string(),
  error: z.looseObject({
    code: z.string(),
    message: z.string(),
    field: z.string().optional(),
    hint: z.string().optional(),
  }),
})

/** Thrown by a tool to answer with an error; everything in it is shown to the caller. */
export class ToolError extends Error {
  readonly code: string
  readonly details: ErrorDetails
  /** Whether it may hold words of the gateway, which knows nothing of what the operator hides. */
  readonly quotesGateway: boolean

  constructor(code: string, message: string, details: ErrorDetails = {}, quotesGateway = false) {
    super(message)
    this.name = 'ToolError'
    this.code = code
    this.details = details
    this.quotesGateway = quotesGateway
  }
}
