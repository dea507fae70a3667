import { createHash } from 'node:crypto'

/**
 * A digest of a write: of what it is bound to, and of its rows whatever their order.
 *
 * @param salt of the review: the digest is shown, and its rows may have values that are not
 * @param rows digests of rows, by set
 */
export function digestOfRows(
  salt: string,
  bound: string,
  rows: readonly (readonly string[])[],
): string {
  const hash = createHash('sha256').update(JSON.stringify([salt, bound]))
  for (const set of rows) hash.update(`\n${JSON.stringify(set.toSorted())}`)
  return hash.digest('base64url')
}
