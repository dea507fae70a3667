import { nearest } from '@chatlayer-tables/core'
import type { z } from 'zod'
import { ToolError } from '../result/tool-error.ts'
import type { ToolDefinition } from '../tools/define-tool.ts'
import { listedArguments } from '../tools/wire-schema.ts'
import { readLeniently } from './lenient.ts'

/** At most this many errors are reported at once. */
const MAX_ISSUES = 5

/**
 * Parses the arguments of a call by the tool's schema, in any of the spellings that clients send.
 *
 * @throws ToolError naming every argument that is invalid, unknown or missing
 */
export function parseArguments<Input extends z.ZodObject>(
  tool: ToolDefinition<string, Input>,
  args: unknown,
): z.output<Input> {
  const parsed = tool.input.safeParse(readLeniently(args, listedArguments(tool)))
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  const known = Object.keys(tool.input.shape)
  const reported = issues.slice(0, MAX_ISSUES).map((issue) => sentence(issue, known))
  if (issues.length > MAX_ISSUES) reported.push(`${issues.length - MAX_ISSUES} more errors.`)
  throw new ToolError('INVALID_ARGUMENTS', reported.join(' '), {
    field: fieldOf(issues[0]),
    hint: `Arguments of ${tool.name}: ${known.join(', ')}.`,
  })
}

type Issue = z.core.$ZodIssue

/** The argument with the issue, such as `records[3]`; for an unknown argument its name. */
function fieldOf(issue: Issue | undefined): string | undefined {
  if (issue?.code === 'unrecognized_keys') return nameOf([...issue.path, issue.keys[0] ?? ''])
  return issue === undefined || issue.path.length === 0 ? undefined : nameOf(issue.path)
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.map(step).join('').replace(/^\./, '')
}

function step(key: PropertyKey): string {
  return typeof key === 'number' ? `[${key}]` : `.${String(key)}`
}

function sentence(issue: Issue, known: readonly string[]): string {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknown(key, issue.path, known)).join(' ')
  const text = issue.message.replace(/^Invalid (input|option): /, '')
  const place = fieldOf(issue) ?? 'arguments'
  return text.endsWith('received undefined') ? `${place} is missing.` : `${place}: ${text}.`
}

function unknown(key: string, path: readonly PropertyKey[], known: readonly string[]): string {
  const place = path.length === 0 ? '' : ` in ${nameOf(path)}`
  const near = path.length === 0 ? nearest(key, known) : undefined
  const suggestion = near === undefined ? '' : ` Did you mean ${JSON.stringify(near)}?`
  return `Unknown argument ${JSON.stringify(key)}${place}.${suggestion}`
}
