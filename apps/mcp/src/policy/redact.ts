/**
 * Keeps names of hidden columns out of words that are not our own. Whether a text is withheld must not
 * depend on what the caller guessed: that would tell whether a column of that name is there. So where
 * columns are hidden, the gateway's own words are left out of every text, whatever they say; and what
 * quotes the caller alone is left as it is.
 */
import { type ChatlayerError, stringifyJson } from '@chatlayer-tables/core'
import { messageOf } from '../call/errors.ts'
import { type Problem, ToolError } from '../result/tool-error.ts'

const WITHHELD = 'The gateway refused it, in words that name what this server does not show.'

/**
 * Errors that the client makes of what the caller said and of the columns that the policy let
 * through. Only their hints list what else there is.
 */
const INPUT_ERRORS: ReadonlySet<string> = new Set([
  'INVALID_INPUT',
  'NOT_EXPRESSIBLE',
  'STORED_OTHERWISE',
])

/** The failure as it may be shown. */
export function redactError(
  failure: ToolError,
  hidden: readonly string[],
  args: unknown,
): ToolError {
  const { code, message, details, quotesGateway } = failure
  if (!quotesGateway || hidden.length === 0) return failure
  const secret = secrets(hidden, args)
  const text = redactReason({ code, reason: message, hint: details.hint }, secret)
  return new ToolError(code, text.reason, { ...details, hint: text.hint }, true)
}

interface Reason {
  readonly code: string
  readonly reason: string
  readonly hint: string | undefined
}

/** @param secret names of hidden columns that the caller has not said */
function redactReason(
  { code, reason, hint }: Reason,
  secret: readonly string[],
): { reason: string; hint: string | undefined } {
  const isOwnToken = INPUT_ERRORS.has(code)
  const shown = isOwnToken ? reason : ownWords(reason, secret)
  const unquoted = isOwnToken ? secret.filter((name) => !names(reason, [name])) : secret
  return { reason: shown, hint: hint !== undefined && names(hint, unquoted) ? undefined : hint }
}

/** Why a row was not written, and what to do about it. */
export function reasonOf(error: ChatlayerError, hidden: readonly string[]): string {
  return joinedReason({ code: error.code, reason: messageOf(error), hint: error.hint }, hidden)
}

export function joinedReason(given: Reason, hidden: readonly string[]): string {
  if (hidden.length === 0) return joined(given.reason, given.hint)
  const { reason, hint } = redactReason(given, hidden)
  return joined(reason, hint)
}

function joined(reason: string, hint: string | undefined): Problem['reason'] {
  return hint === undefined ? reason : `${reason} ${hint}`
}

/** A text that may quote the gateway. */
export function redactText(text: string, hidden: readonly string[]): string {
  return hidden.length === 0 ? text : ownWords(text, hidden)
}

function ownWords(text: string, secret: readonly string[]): string {
  const own = withoutWords(text)
  return names(own, secret) ? WITHHELD : own
}

/** The client quotes the gateway after the status: `the gateway refused the request (400): …`. */
function withoutWords(text: string): string {
  const status = /\(\d{3}\)/.exec(text)
  if (status === null) return text
  const own = text.slice(0, status.index + status[0].length)
  return own === text || own === text.slice(0, -1) ? text : `${own}.`
}

function secrets(hidden: readonly string[], args: unknown): string[] {
  const said = stringifyJson(args ?? null)
  return hidden.filter((name) => !said.includes(JSON.stringify(name).slice(1, -1)))
}

/** As a word of its own: a column `id` is not named by "invalid". */
function names(text: string, secret: readonly string[]): boolean {
  return secret.some((name) => {
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
      const before = text.slice(0, at).at(-1) ?? ' '
      const after = text.charAt(at + name.length) || ' '
      if (!/[\p{L}\p{N}_]/u.test(before) && !/[\p{L}\p{N}_]/u.test(after)) return true
    }
    return false
  })
}
