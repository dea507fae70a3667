/** Rows of a query as they arrive, with bounded memory. */

import type { JsonText } from '../database/json-lines.ts'
import { type EncodedColumn, rowEncoder } from '../database/row-encoder.ts'
import type { PostgresConnection, TextRow } from './connection.ts'
import type { ErrorContext } from './errors.ts'

export interface StreamInput {
  readonly connection: PostgresConnection
  /** The statement. */
  readonly text: string
  readonly columns: readonly EncodedColumn<string | null>[]
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
  const encode = rowEncoder(columns)
  let rows: JsonText[][] = []
  let held = 0
  let ended: { readonly error: unknown } | 'whole' | undefined
  let wake = () => {}
  const end = (how: typeof ended) => {
    ended ??= how
    wake()
  }
  query.on('row', (row: TextRow) => {
    if (ended !== undefined) return
    try {
      const texts = encode(row)
      for (const text of texts) held += text?.length ?? 0
      held += texts.length
      rows.push(texts)
    } catch (error) {
      end({ error })
      return
    }
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
