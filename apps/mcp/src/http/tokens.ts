/** Tokens that this server issues: their form, storage and lookup. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { SCOPES, type Scope } from './scopes.ts'

/** Identifies the origin of a leaked token, for people and secret scanners. */
const PREFIX = 'cltmcp_'

/** A token as stored, with only its SHA-256 digest: see docs/decisions/0013. */
const StoredToken = z.strictObject({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  created: z.iso.datetime(),
  expires: z.iso.datetime().optional(),
})
export type StoredToken = z.infer<typeof StoredToken>

export const TokenList = z.strictObject({ version: z.literal(1), tokens: z.array(StoredToken) })

/** Creates a token of 256 random bits, and its stored form. */
export function issueToken(
  name: string,
  scopes: readonly Scope[],
  created: Date,
  expires: Date | undefined,
): { readonly token: string; readonly stored: StoredToken } {
  const token = PREFIX + randomBytes(32).toString('base64url')
  const stored = {
    id: randomBytes(4).toString('hex'),
    name,
    scopes: [...scopes],
    sha256: digest(token).toString('hex'),
    created: created.toISOString(),
    ...(expires === undefined ? {} : { expires: expires.toISOString() }),
  }
  return { token, stored }
}

/** Whether a bearer token has the form of this server's tokens. */
export function isOwnToken(token: string): boolean {
  return token.startsWith(PREFIX)
}

/** The entry of a token; undefined if it is unknown or has expired. */
export function findToken(
  tokens: readonly StoredToken[],
  token: string,
  now: Date,
): StoredToken | undefined {
  const wanted = digest(token)
  const found = tokens.find(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), wanted))
  if (found?.expires !== undefined && new Date(found.expires) <= now) return undefined
  return found
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
