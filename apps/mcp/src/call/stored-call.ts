/** Puts the arguments of a previewed call back, so that its token alone executes it. */
import { canonicalJson } from '@chatlayer-tables/core'
import { ToolError } from '../result/tool-error.ts'
import { isReviewId } from '../review/review-id.ts'
import { isConfirmed, type ToolDefinition } from '../tools/define-tool.ts'
import { listedArguments } from '../tools/wire-schema.ts'
import { parseArguments } from './arguments.ts'
import type { CallContext } from './context.ts'
import { isObject, readLeniently } from './lenient.ts'

/** Arguments that do not change what is written: they may differ from those of the preview. */
const FREE: ReadonlySet<string> = new Set([
  'confirm_token',
  'dry_run',
  'cursor',
  'note',
  'expect',
  'again',
])

/**
 * The arguments as given, or, with a token, those of its preview. Others than these are rejected.
 *
 * @throws ToolError if this server does not have the arguments of the preview, and the call has none
 */
export async function withStoredCall(
  tool: ToolDefinition,
  args: unknown,
  { confirmation, reviews, request }: Pick<CallContext, 'confirmation' | 'reviews' | 'request'>,
): Promise<unknown> {
  if (!isConfirmed(tool)) return args
  const given = readLeniently(args, listedArguments(tool))
  if (!isObject(given) || typeof given.confirm_token !== 'string') return args
  const token = given.confirm_token
  const review = isReviewId(token) ? await reviews.find(token, request) : undefined
  const stored =
    review?.command === tool.name
      ? review.call
      : await confirmation.argumentsOf(tool.name, token, request)
  if (stored === undefined) {
    const rest = Object.keys(given).filter((name) => !FREE.has(name))
    if (rest.every((name) => name === 'table')) throw withoutArguments()
    return args
  }
  checkSame(tool, given, stored)
  return { ...stored, ...given }
}

function checkSame(
  tool: ToolDefinition,
  given: Readonly<Record<string, unknown>>,
  stored: Readonly<Record<string, unknown>>,
): void {
  const merged: Readonly<Record<string, unknown>> = parseArguments(tool, { ...stored, ...given })
  const previewed: Readonly<Record<string, unknown>> = parseArguments(tool, stored)
  const other = Object.keys(tool.input.shape).find(
    (name) =>
      !FREE.has(name) &&
      canonicalJson(merged[name] ?? null) !== canonicalJson(previewed[name] ?? null),
  )
  if (other === undefined) return
  throw new ToolError(
    'CONFIRMATION_REFUSED',
    `Nothing was written. ${other} differs from that of the preview.`,
    {
      field: other,
      hint: 'Pass confirm_token alone, or omit it for a preview of the new arguments.',
    },
  )
}

function withoutArguments(): ToolError {
  return new ToolError(
    'CONFIRMATION_REFUSED',
    'Nothing was written. This server does not have the arguments of this confirm_token: it is invalid, has expired, or another server issued it.',
    {
      field: 'confirm_token',
      hint: 'Repeat the call with its arguments and confirm_token; if that is rejected, without confirm_token.',
    },
  )
}
