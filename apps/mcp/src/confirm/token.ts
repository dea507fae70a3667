/**
 * Tokens that bind a confirmation to one write: which tool, with which arguments, on which records
 * with which values. A token holds no state of the server: when the call comes back, everything is
 * found out anew and must come to the same signature.
 */

import { createHmac, timingSafeEqual } from 'node:crypto'
import { canonicalJson } from '@chatlayer-tables/core'

/** How long a preview is good for. */
export const TOKEN_SECONDS = 600

export interface Bound {
  /** Who calls and where to: connection, tool, table, version. */
  readonly place: unknown
  /** What was asked. */
  readonly args: unknown
  /** The records as they are and as they would be. */
  readonly data: unknown
}

/** Why a token is refused. */
export type Refusal = 'malformed' | 'forged' | 'expired' | 'other-arguments' | 'other-data'

/** Words, parted by points: end of validity, a tag of the arguments, a tag of the data, the signature. */
const FORM = /^([0-9a-z]{6,8})\.([\w-]{16})\.([\w-]{16})\.([\w-]{43})$/

/** @param way how the token goes to whoever confirms; one of another way is refused */
export function writeToken(key: Buffer, way: string, bound: Bound, now: number): string {
  const until = (Math.floor(now / 1_000) + TOKEN_SECONDS).toString(36)
  const head = `${until}.${tag(key, 'args', bound.args)}.${tag(key, 'data', bound.data)}`
  return `${head}.${sign(key, [way, bound.place, head])}`
}

/** Undefined when the token is good for this write. */
export function checkToken(
  token: string,
  key: Buffer,
  way: string,
  bound: Bound,
  now: number,
): Refusal | undefined {
  const [, until, args, data, signature] = FORM.exec(token) ?? []
  if (until === undefined || args === undefined || data === undefined || signature === undefined) {
    return 'malformed'
  }
  const head = `${until}.${args}.${data}`
  if (!same(signature, sign(key, [way, bound.place, head]))) return 'forged'
  if (Number.parseInt(until, 36) * 1_000 < now) return 'expired'
  if (!same(args, tag(key, 'args', bound.args))) return 'other-arguments'
  if (!same(data, tag(key, 'data', bound.data))) return 'other-data'
  return undefined
}

/** 96 bits of a keyed digest: nobody without the key can look for another text that has them. */
function tag(key: Buffer, what: string, value: unknown): string {
  return sign(key, [what, value]).slice(0, 16)
}

function sign(key: Buffer, value: unknown): string {
  return createHmac('sha256', key).update(canonicalJson(value)).digest('base64url')
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
