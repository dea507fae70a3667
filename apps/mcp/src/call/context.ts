import type { Client } from '@chatlayer-tables/core'
import type { z } from 'zod'
import type { Confirmation } from '../confirm/confirmation.ts'
import type { WriteJournal } from '../journal/write-journal.ts'
import type { Logger } from '../logger.ts'
import type { Catalog } from '../policy/catalog.ts'
import type { PreviewResult } from '../preview/preview.ts'
import type { RequestFacts } from '../request-facts.ts'
import type { ServerReviews } from '../review/server-reviews.ts'
import type { Settings } from '../settings.ts'
import type { ServerState } from '../state/server-state.ts'
import { isWriter, type ToolDefinition } from '../tools/define-tool.ts'
import type { ServerMirrors } from '../tools/query-sql/server-mirrors.ts'
import type { PlanSeen } from '../write/guarded-write.ts'
import { once, type Repeats, type RunningCall } from '../write/once.ts'
import { parseArguments } from './arguments.ts'
import { withStoredCall } from './stored-call.ts'

/** Everything that the run of a tool may use. */
export interface CallContext {
  readonly client: Client
  /** The tables that the operator allows. */
  readonly catalog: Catalog
  readonly confirmation: Confirmation
  readonly journal: WriteJournal
  readonly mirrors: ServerMirrors
  readonly reviews: ServerReviews
  readonly settings: Settings
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  /** Where this server keeps what it must not lose. */
  readonly state: ServerState
  readonly request: RequestFacts
  /** The call as one that is executed once; undefined for reads and previews. */
  readonly once?: RunningCall | undefined
  /** Gets the plan of a write before anything else happens with it, and throws to end the call there. */
  readonly onPlan?: ((seen: PlanSeen) => never) | undefined
  /** Whether a write waits for a review, whatever its confirmation mode: a page asked for it. */
  readonly forReview?: boolean | undefined
  /** Aborts if the client cancels the call or disconnects. */
  readonly signal: AbortSignal
}

/**
 * Runs one tool: takes the arguments as they came in, and returns the data of the result.
 *
 * @throws ToolError or another error, which the runner turns into an error result
 */
export type RunTool = (args: unknown, context: CallContext) => Promise<Record<string, unknown>>

/** The data that a handler returns; `notice` is optional, and gets the standard sentences appended. */
export type Result<Output extends z.ZodObject> = Omit<z.input<Output>, 'notice'> & {
  readonly notice?: string | undefined
}

/**
 * The run of a tool: the handler gets arguments that match the tool's input schema. A repeated call of a
 * tool that writes to tables is recognised.
 *
 * @param repeats how to recognise it (default: by the arguments)
 */
export function defineRun<
  Name extends string,
  Input extends z.ZodObject,
  Output extends z.ZodObject,
>(
  tool: ToolDefinition<Name, Input, Output>,
  handler: (
    input: z.output<Input>,
    context: CallContext,
  ) => Promise<Result<Output> | PreviewResult>,
  repeats: Partial<Repeats<z.output<Input>>> = {},
): RunTool {
  const isIdempotent = () => tool.annotations.idempotentHint
  return async (args, context) => {
    const input = parseArguments(tool, await withStoredCall(tool, args, context))
    const run = (at: CallContext) => handler(input, at)
    const result = writesTables(tool)
      ? await once(tool.name, input, context, { isIdempotent, ...repeats }, run)
      : await run(context)
    return { ...result }
  }
}

/** Undo is not one of these: the journal itself lets no change be undone twice. */
function writesTables(tool: ToolDefinition): boolean {
  return isWriter(tool) && 'dry_run' in tool.input.shape && tool.needs !== 'journal'
}
