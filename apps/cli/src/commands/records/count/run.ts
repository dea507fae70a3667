/** `clt records count`. */

import { readConditions } from '../../../conditions.ts'
import { openTableToRead } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { explainQuery } from '../../../output/explanation.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const where = readConditions(options)
  await using table = await openTableToRead(context, options)
  const call = { signal: context.stop }
  if (options.explain) return await explainQuery(context, table.handle.records({ where }, call))
  const count = await table.handle.count(where, call)
  await context.out.write(context.json ? `${JSON.stringify({ count })}\n` : `${count}\n`)
  return EXIT.ok
}
