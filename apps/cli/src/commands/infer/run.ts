import { inferColumns, inferenceText, openSource } from '@chatlayer-tables/files'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { fileInput, fileSettings } from '../../file-input.ts'
import type { Options } from './definition.ts'

/** Needs no connection: only the web app can create a table. */
export async function run(options: Options, context: Context): Promise<ExitCode> {
  const settings = fileSettings(options)
  const source = await openSource(fileInput(options.file, context), settings)
  const inference = await inferColumns(source, { ...settings, signal: context.stop })
  const text = context.json ? `${JSON.stringify(inference)}\n` : inferenceText(inference)
  await context.out.write(text)
  return EXIT.ok
}
