import { createHash } from 'node:crypto'
import { stringifyJson } from '@chatlayer-tables/core'
import { z } from 'zod'
import { ToolError } from './tool-error.ts'

/** The format's number; a cursor of another one is refused. */
const FORMAT = 1

const Payload = z.tuple([z.literal(FORMAT), z.int().min(0), z.string()])

/**
 * A place in a list, as one opaque word. It holds the number of items passed, and a digest of what
 * was asked, so that it cannot be carried over to another question. It holds no state of the server.
 */
export function writeCursor(offset: number, question: unknown): string {
  const payload: z.infer<typeof Payload> = [FORMAT, offset, digest(question)]
  return Buffer.from(JSON.stringify(payload)).toString('base64url')
}

/**
 * The number of items to pass over; 0 without a cursor.
 *
 * @throws ToolError when the word is no cursor of ours, or one of another question
 */
export function readCursor(cursor: string | undefined, question: unknown): number {
  if (cursor === undefined) return 0
  const payload = Payload.safeParse(parse(cursor))
  if (!payload.success) {
    throw new ToolError('INVALID_ARGUMENTS', 'This is no cursor that this server gave.', {
      field: 'cursor',
      hint: 'Pass next_cursor of the page before, unchanged, or leave cursor out for the first page.',
    })
  }
  const [, offset, of] = payload.data
  if (of !== digest(question)) {
    throw new ToolError('INVALID_ARGUMENTS', 'This cursor belongs to another query.', {
      field: 'cursor',
      hint: 'Repeat the table, where, select and sort of the page before, or leave cursor out.',
    })
  }
  return offset
}

function digest(question: unknown): string {
  return createHash('sha256').update(stringifyJson(question)).digest('base64url').slice(0, 16)
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}
