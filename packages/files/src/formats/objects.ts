/** NDJSON and JSON: a text of JSON objects. */
import { type Frame, JsonSink } from '../sink/json.ts'
import type { Output } from '../sink/output.ts'
import { readJsonList } from '../source/json-list.ts'
import { readNdjson } from '../source/ndjson.ts'
import { type PlacedObject, readKnownObjects, readObjects } from '../source/objects.ts'
import type { KeptCell } from '../values/kept-cell.ts'
import { byteOrderMark, type FileShape, type RowWriter, type TextFormat } from './format.ts'
import type { FormatName } from './format-facts.ts'

type ObjectReader = (
  chunks: AsyncIterable<string>,
  name: string,
) => AsyncGenerator<PlacedObject, void, undefined>

export const ndjson: TextFormat = objects('ndjson', readNdjson, {
  before: '',
  between: '\n',
  after: '\n',
  empty: '',
})

export const json: TextFormat = objects('json', readJsonList, {
  before: '[\n',
  between: ',\n',
  after: '\n]\n',
  empty: '[]\n',
})

function objects(format: FormatName, read: ObjectReader, frame: Frame): TextFormat {
  return {
    async readText({ chunks, again, name, options }) {
      const objects = read(chunks, name)
      const table =
        options.header === undefined
          ? await readObjects(objects, again && (() => read(again(), name)))
          : readKnownObjects(objects, options.header)
      return { table, format }
    },
    createSink: (columns, output) => new JsonSink(columns, output, frame),
    createRowWriter: (shape, output) => rowWriter(shape, output, frame),
  }
}

function rowWriter(shape: FileShape, output: Output, { before, between, after }: Frame): RowWriter {
  const { header } = shape
  // A reader takes keys of spaces alone for blank titles; their lengths keep them different.
  const keys = header.map((title, index) => JSON.stringify(title ?? ' '.repeat(index)))
  let start = byteOrderMark(shape) + before
  return {
    async row(cells) {
      const members = keys.map((key, index) => `${key}:${jsonText(cells[index] ?? null)}`)
      const others = cells.slice(keys.length).flatMap((cell) => membersOf(cell))
      await output.write(`${start}{${[...members, ...others].join(',')}}`)
      start = between
    },
    end: () => output.write(after),
  }
}

/** The text of a JSON value is written unchanged. */
function jsonText(cell: KeptCell): string {
  if (cell === null) return 'null'
  if (typeof cell === 'string') return JSON.stringify(cell)
  return 'json' in cell ? cell.json : JSON.stringify(cell.date)
}

/** A cell after those of the header is an object with a key that the header does not have, and its value. */
function membersOf(cell: KeptCell): string[] {
  const text = jsonText(cell)
  return text.startsWith('{') && text.length > 2 ? [text.slice(1, -1)] : []
}
