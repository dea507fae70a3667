export {
  type Inference,
  type InferOptions,
  type InferredColumn,
  inferColumns,
} from './infer/infer.ts'
export { inferenceText } from './infer/text.ts'
export { csvHeader, csvLine, separatorLine } from './sink/csv.ts'
export { type FileFormat, fileFormat } from './sink/file-format.ts'
export { Output } from './sink/output.ts'
export { OutputFile, writingError } from './sink/output-file.ts'
export {
  createSink,
  type DelimitedOptions,
  type Sink,
  type SinkColumn,
  type SinkOptions,
} from './sink/sink.ts'
export { dateCell, textCell } from './sink/xlsx/cells.ts'
export { SheetWriter } from './sink/xlsx/sheet-writer.ts'
export { readingError } from './source/bytes.ts'
export { decode } from './source/encoding.ts'
export { readNdjson } from './source/ndjson.ts'
export type { JsonObject } from './source/objects.ts'
export { openSource } from './source/open-source.ts'
export {
  placeName,
  SOURCE_FORMATS,
  type Source,
  type SourceCell,
  type SourceFormat,
  type SourceInput,
  type SourceOptions,
  type SourceRow,
  type TypedCell,
} from './source/source.ts'
export { Turns } from './source/turns.ts'
export { escapeText } from './source/xlsx/escaped-text.ts'
export { CellError, printable, shorten } from './values/cell-error.ts'
export { DecimalEvidence } from './values/decimal-evidence.ts'
export { type CellOptions, type CellReader, cellReader, cellToValue } from './values/read-cell.ts'
export { textInPlaceOf } from './values/shown-text.ts'
export { type Cell, valueToCell } from './values/write-cell.ts'
export { fileBytes } from './zip/file-bytes.ts'
export { ZipArchive, ZipError } from './zip/zip.ts'
export { LONG_COUNT, ZIP_LONG, type ZipMark, type ZipOutput, ZipWriter } from './zip/zip-writer.ts'
