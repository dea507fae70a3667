/** The reply of the query process to a failed request. */
import type { DatabaseSync } from 'node:sqlite'
import type { Access } from './access.ts'
import type { Reply } from './protocol.ts'

export function failed(
  error: unknown,
  access: Access | undefined,
  at: number | undefined,
): Extract<Reply, { kind: 'failed' }> {
  const code =
    error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
      ? error.errcode
      : undefined
  return { kind: 'failed', message: messageOf(error), code, refusal: access?.refusal(), at }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/**
 * The place of a syntax error, as an index of `ends`: the first one up to which the text fails with the
 * same message, since SQLite reads no further.
 */
export function placeOf(
  db: DatabaseSync | undefined,
  { sql, ends }: { readonly sql: string; readonly ends: readonly number[] },
  error: unknown,
): number | undefined {
  const message = messageOf(error)
  if (db === undefined || ends.length === 0) return undefined
  if (!/^near "|^unrecognized token/.test(message)) return undefined
  const index = ends.findIndex((end) => {
    try {
      db.prepare(sql.slice(0, end))
      return false
    } catch (error) {
      return messageOf(error) === message
    }
  })
  return index < 0 ? undefined : index
}
