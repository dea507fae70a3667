/**
 * Keeps names of hidden columns out of texts of the gateway. Whether a text is withheld must not depend
 * on a name that the caller guessed: that would reveal whether such a column exists. So if columns are
 * hidden, the gateway's words are omitted from every text, whatever they are. Texts that quote only the
 * caller are kept.
 */
import { type ChatlayerError, stringifyJson } from '@chatlayer-tables/core'
import { hintFor, messageOf } from '../call/errors.ts'
import { type Problem, ToolError } from '../result/tool-error.ts'

const WITHHELD = 'The gateway rejected it; its message names columns that this server hides.'

/**
 * Errors of the client about the input. Their messages quote the caller and allowed columns only; their
 * hints may list other columns.
 */
const INPUT_ERRORS: ReadonlySet<string> = new Set([
  'INVALID_INPUT',
  'NOT_EXPRESSIBLE',
  'STORED_OTHERWISE',
])

/** The error as it may be shown. */
export function redactError(error: ToolError, hidden: readonly string[], args: unknown): ToolError {
  const { code, message, details, quotesGateway } = error
  if (!quotesGateway || hidden.length === 0) return error
  const secret = secrets(hidden, args)
  const text = redactReason({ code, reason: message, hint: details.hint }, secret)
  return new ToolError(code, text.reason, { ...details, hint: text.hint }, true)
}

interface Reason {
  readonly code: string
  readonly reason: string
  readonly hint: string | undefined
}

/** @param secret names of hidden columns that the caller has not written */
function redactReason(
  { code, reason, hint }: Reason,
  secret: readonly string[],
): { reason: string; hint: string | undefined } {
  const isInputError = INPUT_ERRORS.has(code)
  const shown = isInputError ? reason : ownWords(reason, secret)
  const unquoted = isInputError ? secret.filter((name) => !names(reason, [name])) : secret
  return { reason: shown, hint: hint !== undefined && names(hint, unquoted) ? undefined : hint }
}

/** Why a row was not written, and what to do next. */
export function reasonOf(error: ChatlayerError, hidden: readonly string[]): string {
  return reasonWithHint(
    { code: error.code, reason: messageOf(error), hint: hintFor(error.hint) },
    hidden,
  )
}

export function reasonWithHint(given: Reason, hidden: readonly string[]): string {
  if (hidden.length === 0) return joined(given.reason, given.hint)
  const { reason, hint } = redactReason(given, hidden)
  return joined(reason, hint)
}

function joined(reason: string, hint: string | undefined): Problem['reason'] {
  return hint === undefined ? reason : `${reason} ${hint}`
}

/** A text that may quote the gateway, as it may be shown. */
export function redactText(text: string, hidden: readonly string[]): string {
  return hidden.length === 0 ? text : ownWords(text, hidden)
}

function ownWords(text: string, secret: readonly string[]): string {
  const own = withoutQuote(text)
  return names(own, secret) ? WITHHELD : own
}

/** Cuts the gateway's words, which the client quotes after the status: `the gateway rejected the request (400): …`. */
function withoutQuote(text: string): string {
  const status = /\(\d{3}\)/.exec(text)
  if (status === null) return text
  const own = text.slice(0, status.index + status[0].length)
  return own === text || own === text.slice(0, -1) ? text : `${own}.`
}

function secrets(hidden: readonly string[], args: unknown): string[] {
  const written = stringifyJson(args ?? null)
  return hidden.filter((name) => !written.includes(JSON.stringify(name).slice(1, -1)))
}

/** Whether a text has one of the names as a whole word: "invalid" does not name the column `id`. */
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
