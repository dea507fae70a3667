/**
 * Tokens that bind a confirmation to one write: tool, arguments, records and their values. The server
 * keeps no state for a token: when the call comes back, it computes everything again and compares the
 * signatures.
 */

import { createHmac, timingSafeEqual } from 'node:crypto'
import { canonicalJson } from '@chatlayer-tables/core'

/** The lifetime of a token. */
export const TOKEN_SECONDS = 600

export interface Bound {
  /** Caller and target: connection, tool, table, version. */
  readonly place: unknown
  /** The arguments that define the write. */
  readonly args: unknown
  /** The records before and after the write. */
  readonly data: unknown
}

/** Why a token is not accepted. */
export type TokenProblem = 'malformed' | 'forged' | 'expired' | 'other-arguments' | 'other-data'

/** Parts with points between them: expiry, tag of the arguments, tag of the data, signature. */
const FORM = /^([0-9a-z]{8,9})\.([\w-]{12})\.([\w-]{12})\.([\w-]{22})$/

/** @param method how the token reaches the user; a token for another method is invalid */
export function writeToken(key: Buffer, method: string, bound: Bound, now: number): string {
  const until = (now + TOKEN_SECONDS * 1_000).toString(36)
  const head = `${until}.${tag(key, 'args', bound.args)}.${tag(key, 'data', bound.data)}`
  return `${head}.${signature(key, method, bound, head)}`
}

/** Whether a text may be a token. */
export function isWellFormed(token: string): boolean {
  return FORM.test(token)
}

/** Undefined if the token is valid for this write. */
export function checkToken(
  token: string,
  key: Buffer,
  method: string,
  bound: Bound,
  now: number,
): TokenProblem | undefined {
  const [, until, args, data, signed] = FORM.exec(token) ?? []
  if (until === undefined || args === undefined || data === undefined || signed === undefined) {
    return 'malformed'
  }
  const head = `${until}.${args}.${data}`
  if (!same(signed, signature(key, method, bound, head))) return 'forged'
  if (Number.parseInt(until, 36) < now) return 'expired'
  if (!same(args, tag(key, 'args', bound.args))) return 'other-arguments'
  if (!same(data, tag(key, 'data', bound.data))) return 'other-data'
  return undefined
}

/** A keyed digest of a write, to remember what was decided about it. */
export function digestOf(key: Buffer, { place, args, data }: Bound): string {
  return sign(key, ['write', place, args, data])
}

/** 72 bits of a keyed digest: without the key, a text with the same tag cannot be searched for. */
function tag(key: Buffer, what: string, value: unknown): string {
  return sign(key, [what, value]).slice(0, 12)
}

/** 132 bits: every letter costs the assistant that repeats it. */
function signature(key: Buffer, method: string, { place }: Bound, head: string): string {
  return sign(key, [method, place, head]).slice(0, 22)
}

function sign(key: Buffer, value: unknown): string {
  return createHmac('sha256', key).update(canonicalJson(value)).digest('base64url')
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
