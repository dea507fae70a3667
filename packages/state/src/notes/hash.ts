import { createHash } from 'node:crypto'

/** Of an owner or a key, which may be a token: 192 bits. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 48)
}
