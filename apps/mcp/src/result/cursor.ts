import { createHash } from 'node:crypto'
import { stringifyJson } from '@chatlayer-tables/core'
import { z } from 'zod'
import { ToolError } from './tool-error.ts'

/** Version of the cursor format; cursors of other versions are invalid. */
const FORMAT = 1

const Payload = z.tuple([z.literal(FORMAT), z.int().min(0), z.string()])

/**
 * A position in a list as an opaque string: the number of items before it, and a digest of the query, so
 * that it cannot be used with another query. The server keeps no state for it.
 */
export function writeCursor(offset: number, query: unknown): string {
  const payload: z.infer<typeof Payload> = [FORMAT, offset, digest(query)]
  return Buffer.from(JSON.stringify(payload)).toString('base64url')
}

/**
 * The number of items to skip; 0 without a cursor.
 *
 * @throws ToolError for an invalid cursor, and for one of another query
 */
export function readCursor(cursor: string | undefined, query: unknown): number {
  if (cursor === undefined) return 0
  const payload = Payload.safeParse(parse(cursor))
  if (!payload.success) {
    throw new ToolError('INVALID_ARGUMENTS', 'Invalid cursor: not issued by this server.', {
      field: 'cursor',
      hint: 'Pass next_cursor of the previous page unchanged, or omit cursor for the first page.',
    })
  }
  const [, offset, of] = payload.data
  if (of !== digest(query)) {
    throw new ToolError('INVALID_ARGUMENTS', 'This cursor belongs to another query.', {
      field: 'cursor',
      hint: 'Repeat the arguments of the previous page, or omit cursor for the first page.',
    })
  }
  return offset
}

function digest(query: unknown): string {
  return createHash('sha256').update(stringifyJson(query)).digest('base64url').slice(0, 16)
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}
