import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { schemaText } from '../../../project/json-schema.ts'
import { writeOutput } from '../../../project/write-output.ts'
import type { Options } from './definition.ts'

export async function run({ output }: Options, context: Context): Promise<ExitCode> {
  await writeOutput(context, output, schemaText())
  return EXIT.ok
}
