import { Writable } from 'node:stream'
import { type DelimitedOptions, exportTable } from '@chatlayer-tables/transfer'
import { openTableToRead } from '../connection.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { UsageError } from '../failures.ts'
import { delimiterOf } from '../file-input.ts'
import { useLittleMemory } from '../frugal-memory.ts'
import type { OptionsOf } from '../invocation.ts'
import { localeDecimal } from '../locale-decimal.ts'
import { ExportOutput } from '../output/export-output.ts'
import type { Writer } from '../output/writer.ts'
import { printable } from '../printable.ts'
import { parseColumns, parseSort } from '../where.ts'
import { readConditions } from './records-read.ts'

export async function exportRecords(
  options: OptionsOf<'export'>,
  context: Context,
): Promise<ExitCode> {
  const path = options.output === '-' ? undefined : options.output
  // Where the records themselves go to stdout, JSON is asked of them.
  const format = options.format ?? (path === undefined && context.json ? 'json' : undefined)
  if (path === undefined && format === 'xlsx' && context.out.isTerminal) {
    throw new UsageError('a terminal cannot show an XLSX file', 'Say -o and a name for it.')
  }
  const delimited = delimitedOptions(options, context.io)
  const where = readConditions(options)
  const select = options.select.length === 0 ? undefined : options.select.flatMap(parseColumns)
  const sort = options.sort.flatMap(parseSort)
  await using table = await openTableToRead(context, options)
  // The reader keeps the ids of all records: what is left for the rest is less than in an import.
  useLittleMemory(4)
  const output = new ExportOutput(context, { table, path })
  if (where === undefined && options.limit === undefined) output.learnTotal()
  try {
    const report = await exportTable({
      ...{ table: table.handle, format, where, select, sort, limit: options.limit },
      to: path === undefined ? { stream: asStream(context.out) } : { path },
      withMeta: options.withMeta,
      ...delimited,
      signal: context.stop,
      onProgress: (records) => output.progress(records),
    })
    await output.end(report, delimited)
    return EXIT.ok
  } catch (error) {
    await output.fail(error)
    throw error
  }
}

/** How CSV and TSV are written. The environment tells how numbers are where the file will be opened. */
function delimitedOptions(
  { excel, safeFormulas, bom, delimiter, format, output = '' }: OptionsOf<'export'>,
  { env }: Context['io'],
): DelimitedOptions {
  const hasComma = excel && localeDecimal(env) === ','
  const isTsv = format === 'tsv' || /\.(?:tsv|tab)(?:\.gz)?$/i.test(output)
  return {
    safeFormulas: safeFormulas || excel,
    bom: bom || excel,
    delimiter: delimiterOf(delimiter) ?? (hasComma && !isTsv ? ';' : undefined),
    decimal: hasComma ? ',' : undefined,
  }
}

/** What goes to stdout; on a terminal without what a terminal would act upon. */
function asStream(out: Writer): Writable {
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Uint8Array, _encoding, done) {
      const isShown = out.isTerminal && typeof chunk === 'string'
      const text = isShown ? chunk.split('\n').map(printable).join('\n') : chunk
      out.write(text).then(() => done(), done)
    },
  })
  // The export notices a failed stream at its next write; without a listener the process would end.
  return stream.on('error', () => undefined)
}
