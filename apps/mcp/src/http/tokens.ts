/** Tokens that this server gives out itself: how they look, and how they are found again. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { SCOPES, type Scope } from './scopes.ts'

/** Tells a leaked token's origin to whoever, or whatever, finds it. */
const PREFIX = 'cltmcp_'

/** As it is kept. Of the token itself only the SHA-256 digest: see docs/decisions/0013. */
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

/** A token to hand out, 256 random bits, and what is kept of it. */
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

/** Whether a bearer token has the form of those that this server gives out. */
export function isOwnToken(token: string): boolean {
  return token.startsWith(PREFIX)
}

/** The entry of a token that somebody shows, unless it is unknown or has expired. */
export function findToken(
  tokens: readonly StoredToken[],
  shown: string,
  now: Date,
): StoredToken | undefined {
  const wanted = digest(shown)
  const found = tokens.find(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), wanted))
  if (found?.expires !== undefined && new Date(found.expires) <= now) return undefined
  return found
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
