import type { RequestName, RequestResult } from '@chatlayer-tables/views'
import { z } from 'zod'
import type { CallContext } from '../call/context.ts'
import { ToolError } from '../result/tool-error.ts'
import type { ToolName } from '../tools/registry.ts'

export interface ViewReply<Result = unknown> {
  readonly result: Result
  /** Metadata of the reply, which hosts do not show to the model. */
  readonly meta?: Readonly<Record<string, unknown>> | undefined
}

/** How a request of a view is answered. */
export interface ViewRequest {
  readonly name: RequestName
  /** The request is allowed if any of these tools is. */
  readonly tools: readonly ToolName[]
  /** Whether parameters are of this form: several handlers may share a name. */
  readonly takes: (params: unknown) => boolean
  /** @throws ToolError, also for invalid parameters */
  readonly answer: (params: unknown, context: CallContext) => Promise<ViewReply>
}

/** A handler that gets parameters that match their schema. */
export function defineRequest<Name extends RequestName, Params extends z.ZodType>(request: {
  readonly name: Name
  readonly tools: readonly ToolName[]
  readonly params: Params
  readonly answer: (
    params: z.output<Params>,
    context: CallContext,
  ) => Promise<ViewReply<RequestResult<Name>>>
}): ViewRequest {
  const { name, tools, params: schema, answer } = request
  return {
    name,
    tools,
    takes: (params) => schema.safeParse(params).success,
    answer: (params, context) => {
      const parsed = schema.safeParse(params)
      if (parsed.success) return answer(parsed.data, context)
      throw new ToolError('INVALID_ARGUMENTS', z.prettifyError(parsed.error), { field: 'params' })
    },
  }
}
