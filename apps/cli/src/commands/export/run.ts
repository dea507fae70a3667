import type { DelimitedOptions } from '@chatlayer-tables/files'
import {
  DEFAULT_FORMAT,
  FORMAT_FACTS,
  formatOfName,
  withArticle,
} from '@chatlayer-tables/files/formats'
import { exportTable } from '@chatlayer-tables/transfer'
import { readConditions } from '../../conditions.ts'
import { openTableToRead } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { delimiterOf } from '../../file-input.ts'
import { writerStream } from '../../output/writer-stream.ts'
import { fieldInQuery, parseSort, readSelect } from '../../where.ts'
import { checkTarget } from './check-target.ts'
import type { Options } from './definition.ts'
import { ExportOutput } from './export-output.ts'
import { localeDecimal } from './locale-decimal.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  checkTarget(options)
  if (options.to !== undefined) {
    const { exportTo } = await import('./export-to.ts')
    return await exportTo(options, context, options.to)
  }
  return await exportFile(options, context)
}

async function exportFile(options: Options, context: Context): Promise<ExitCode> {
  const path = options.output === '-' ? undefined : options.output
  // On stdout, --json applies to the records themselves.
  const format = options.format ?? (path === undefined && context.json ? 'json' : undefined)
  const isBinary = format !== undefined && FORMAT_FACTS[format].container !== 'text'
  if (path === undefined && isBinary && context.out.isTerminal) {
    throw new UsageError(
      `a terminal cannot show ${withArticle(format)} file`,
      'Pass -o with a file name.',
    )
  }
  const delimited = delimitedOptions(options, context.io)
  const where = readConditions(options)
  const select = readSelect(options.select)?.map(fieldInQuery)
  const sort = options.sort.flatMap(parseSort)
  await using table = await openTableToRead(context, options)
  const output = new ExportOutput(context, { table, path })
  if (where === undefined && options.limit === undefined) output.countTotal()
  try {
    const report = await exportTable({
      ...{ table: table.handle, format, where, select, sort, limit: options.limit },
      to: path === undefined ? { stream: writerStream(context.out) } : { path },
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

/** Options for writing delimited text; --excel takes the decimal separator from the locale. */
function delimitedOptions(
  { excel, safeFormulas, bom, delimiter, format, output = '' }: Options,
  { env }: Context['io'],
): DelimitedOptions {
  const hasComma = excel && localeDecimal(env) === ','
  const usual = FORMAT_FACTS[format ?? formatOfName(output) ?? DEFAULT_FORMAT].delimiter
  return {
    safeFormulas: safeFormulas || excel,
    bom: bom || excel,
    delimiter: delimiterOf(delimiter) ?? (hasComma && usual === ',' ? ';' : undefined),
    decimal: hasComma ? ',' : undefined,
  }
}
