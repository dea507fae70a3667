/** Prints rows on stdout in each format of options/rows.ts. */
import { stringifyJson, type Value } from '@chatlayer-tables/core'
import { createSink } from '@chatlayer-tables/files'
import type { RowFormat } from '../options/rows.ts'
import { type HiddenColumn, JsonList, type RecordColumn, rowSink } from './record-output.ts'
import type { Writer } from './writer.ts'
import { writerStream } from './writer-stream.ts'

export interface RowWriter {
  /**
   * @param item value for JSON formats
   * @param cells values for tabular formats, in column order
   */
  row(item: unknown, cells: () => readonly Value[]): Promise<void>
  end(): Promise<void>
  /** Columns that did not fit on the terminal; known after the rows are written. */
  readonly hidden?: readonly HiddenColumn[]
}

type OpenWriter = (out: Writer, columns: readonly RecordColumn[]) => RowWriter

const WRITERS: Readonly<Record<RowFormat, OpenWriter>> = {
  json(out) {
    const list = new JsonList(out)
    return { row: (item) => list.item(item), end: () => list.end() }
  },

  ndjson: (out) => ({
    row: (item) => out.write(`${stringifyJson(item)}\n`),
    end: async () => undefined,
  }),

  csv(out, columns) {
    const titled = columns.map(({ name, title = name, type }) => ({ name: title, type }))
    const sink = createSink('csv', titled, writerStream(out))
    return {
      async row(_, cells) {
        const values = cells().map((cell, index) => [titled[index]?.name, cell])
        await sink.write([Object.fromEntries(values)])
      },
      end: () => sink.end(),
    }
  },

  rows(out, columns) {
    const sink = rowSink(out, columns)
    return {
      row: (_, cells) => sink.row(cells()),
      end: () => sink.end(),
      get hidden() {
        return sink.hidden
      },
    }
  },
}

export function rowWriter(
  format: RowFormat,
  out: Writer,
  columns: readonly RecordColumn[],
): RowWriter {
  return WRITERS[format](out, columns)
}
