import { readSmallStream, SmallFileError } from '@chatlayer-tables/local'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import type { Options } from './definition.ts'

import { runPrompt } from './prompt.ts'
import { SqlSession } from './session.ts'

/** Runs one query from the command line or stdin; without either, opens a prompt on a terminal. */
export async function run(options: Options, context: Context): Promise<ExitCode> {
  if (context.json && options.csv)
    throw new UsageError('--json and --csv cannot be combined', 'Pass only one of them.')
  await using session = new SqlSession(context, options)
  const { stdin } = context.io
  if (options.query === undefined && stdin.isTTY === true) {
    return runPrompt(session, options, context)
  }
  const isPiped = options.query === undefined || options.query === '-'
  const query = isPiped ? await readQuery(stdin) : options.query
  await context.page()
  await session.run(query, options.fresh, context.stop)
  return EXIT.ok
}

const MAX_QUERY_BYTES = 1_000_000

async function readQuery(stdin: Context['io']['stdin']): Promise<string> {
  try {
    return await readSmallStream(stdin, { name: 'stdin', maxBytes: MAX_QUERY_BYTES })
  } catch (error) {
    if (!(error instanceof SmallFileError)) throw error
    throw new UsageError(`cannot read the query from stdin: ${error.message}`)
  }
}
