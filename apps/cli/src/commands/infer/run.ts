import {
  type Inference,
  type InferredColumn,
  inferColumns,
  inferenceText,
} from '@chatlayer-tables/files'
import type { SideColumn } from '@chatlayer-tables/sources'
import { openInput } from '@chatlayer-tables/transfer'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { openFile } from '../../file-input.ts'
import { checkSideOptions, optionsFor } from '../../side-options.ts'
import type { Options } from './definition.ts'

/** Needs no connection: only the web app can create a table. */
export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { file: text } = options
  checkSideOptions(options, [text])
  await using file = await openFile(context, text, optionsFor(text, options, [text]), options)
  const { input, reading, address } = file
  const source = await openInput(input, reading, context.stop)
  try {
    const inference = await inferColumns(source, { ...reading, signal: context.stop })
    await report(context, withDeclared(inference, address?.reading?.columns))
    return EXIT.ok
  } finally {
    await source.close()
  }
}

async function report({ json, out }: Context, inference: Inference): Promise<void> {
  await out.write(json ? `${JSON.stringify(inference)}\n` : inferenceText(inference))
}

/** A database declares the types of its columns, which its values need not show. */
function withDeclared(
  inference: Inference,
  declared: readonly SideColumn[] | undefined,
): Inference {
  if (declared === undefined) return inference
  const columns = inference.columns.map((column, index): InferredColumn => {
    const { type = column.type, declared: text = '' } = declared[index] ?? {}
    // An expression of a query may have no declared type.
    return text === '' ? column : { ...column, type, evidence: `${text} in the database` }
  })
  return { ...inference, columns }
}
