export type { FileShape, RowWriter } from './formats/format.ts'
export {
  DEFAULT_FORMAT,
  FORMAT_FACTS,
  FORMAT_NAMES,
  type FormatName,
  formatOfName,
  formatsWith,
  formatTable,
  listEndings,
  listFormats,
  withArticle,
} from './formats/format-facts.ts'
export {
  type Inference,
  type InferOptions,
  type InferredColumn,
  inferColumns,
} from './infer/infer.ts'
export { inferenceText } from './infer/text.ts'
export { type FileFormat, fileFormat } from './sink/file-format.ts'
export { Output } from './sink/output.ts'
export { OutputFile, writingError } from './sink/output-file.ts'
export {
  createRowWriter,
  createSink,
  type DelimitedOptions,
  type Sink,
  type SinkColumn,
  type SinkOptions,
} from './sink/sink.ts'
export { readingError } from './source/bytes.ts'
export { decode } from './source/encoding.ts'
export { JsonListSplitter } from './source/json-list.ts'
export { readNdjson } from './source/ndjson.ts'
export type { JsonObject } from './source/objects.ts'
export { openSource } from './source/open-source.ts'
export {
  type InputKind,
  placeName,
  type RowPlace,
  type Source,
  type SourceCell,
  type SourceInput,
  type SourceOptions,
  type SourceRow,
  type TypedCell,
} from './source/source.ts'
export { Turns } from './source/turns.ts'
export { CellError, printable, shorten } from './values/cell-error.ts'
export { DecimalEvidence } from './values/decimal-evidence.ts'
export { type KeptCell, keepCell } from './values/kept-cell.ts'
export { foldTitle, metaTitles } from './values/meta-titles.ts'
export { type CellOptions, type CellReader, cellReader, cellToValue } from './values/read-cell.ts'
export { textInPlaceOf } from './values/shown-text.ts'
export { type Cell, valueToCell } from './values/write-cell.ts'
export { fileBytes } from './zip/file-bytes.ts'
export { ZipArchive, ZipError } from './zip/zip.ts'
export { LONG_COUNT, ZIP_LONG, type ZipMark, type ZipOutput, ZipWriter } from './zip/zip-writer.ts'
