/** Rows of a query as they arrive, with bounded memory. */

import type { JsonText } from '../database/json-lines.ts'
import { rejectedValue } from '../database/row-encoder.ts'
import { ValueError } from '../database/value-error.ts'
import type { PostgresConnection, TextRow } from './connection.ts'
import type { ErrorContext } from './errors.ts'
import type { Encode } from './values.ts'

export interface StreamColumn {
  readonly name: string
  readonly encode: Encode
}

export interface StreamInput {
  readonly connection: PostgresConnection
  /** The statement. */
  readonly text: string
  readonly columns: readonly StreamColumn[]
  readonly context: ErrorContext
  readonly signal: AbortSignal | undefined
}

/** Characters of values that are handed on at once. */
const BATCH = 64 * 1024
/** Characters that are held until the server has to wait. */
const MAX_HELD = 4 * BATCH

/**
 * The rows of a query. The server sends without being asked for each batch, and waits while the reader of
 * the rows is slower: a cursor would cost a round trip per batch, and hold a whole batch, however long its
 * rows.
 *
 * @throws InvalidInputError for a value that cannot be kept exactly, SideError
 */
export async function* streamRows({
  connection,
  text,
  columns,
  context,
  signal,
}: StreamInput): AsyncGenerator<readonly (readonly JsonText[])[], void, undefined> {
  const { query, stream } = connection.stream(text)
  let rows: TextRow[] = []
  let held = 0
  let count = 0
  let ended: { readonly error: unknown } | 'whole' | undefined
  let wake = () => {}
  const end = (how: typeof ended) => {
    ended ??= how
    wake()
  }
  query.on('row', (row: TextRow) => {
    if (ended !== undefined) return
    count += 1
    try {
      held += encodeRow(row, columns, count)
    } catch (error) {
      end({ error })
      return
    }
    rows.push(row)
    if (held >= BATCH) wake()
    if (held >= MAX_HELD) stream.pause()
  })
  let isRunning = true
  query.on('end', () => {
    isRunning = false
    end('whole')
  })
  query.on('error', (error: unknown) => {
    isRunning = false
    end({ error: connection.error(error, context) })
  })
  const abort = () => end({ error: signal?.reason })
  signal?.addEventListener('abort', abort)
  try {
    signal?.throwIfAborted()
    for (;;) {
      if (held < BATCH && ended === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      if (typeof ended === 'object') throw ended.error
      const batch = rows
      rows = []
      held = 0
      stream.resume()
      if (batch.length > 0) yield batch
      if (ended === 'whole' && rows.length === 0) return
    }
  } finally {
    signal?.removeEventListener('abort', abort)
    if (isRunning) await connection.cancel()
  }
}

/** Encodes a row in place. @returns its characters */
function encodeRow(row: TextRow, columns: readonly StreamColumn[], count: number): number {
  let length = 0
  for (let index = 0; index < columns.length; index++) {
    const text = row[index] as string | null
    if (text === null) continue
    const column = columns[index] as StreamColumn
    try {
      const encoded = column.encode(text)
      row[index] = encoded
      length += encoded.length
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      throw rejectedValue(column.name, count, error)
    }
  }
  return length + row.length
}
