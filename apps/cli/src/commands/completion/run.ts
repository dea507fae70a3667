import { readFile } from 'node:fs/promises'
import { SCRIPTS } from '../../completion/shells.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { completionFile } from '../../own-files.ts'
import type { Options } from './definition.ts'

export async function run({ shell }: Options, { out }: Context): Promise<ExitCode> {
  await out.write(await readFile(completionFile(SCRIPTS[shell]), 'utf8'))
  return EXIT.ok
}
