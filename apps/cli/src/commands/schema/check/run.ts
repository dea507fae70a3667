/** `clt schema check`: compares the columns of tables with those that a file expects. */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { planProject, type TableDrift } from '@chatlayer-tables/transfer/project'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { plural } from '../../../output/progress.ts'
import { driftPlace, driftText } from '../../../project/plan-text.ts'
import { CommandHost } from '../../../project/project-host.ts'
import { parseText, readProject } from '../../../project/read-project.ts'
import { flow } from '../../../project/yaml-text.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { schema: file } = options
  if (file !== undefined && !existsSync(file)) throw new UsageError(`there is no file ${file}`)
  const project =
    file === undefined
      ? await readProject(options, context)
      : await parseText(
          `schema: ${flow(basename(file))}`,
          { file: join(dirname(file), options.file), overlay: undefined },
          context,
        )
  if (project.schema.length === 0) {
    throw new UsageError(
      `${file ?? options.file} expects no columns`,
      'To write those of the tables to a file, run: clt schema pull -o schema.yaml',
    )
  }
  const host = new CommandHost(context, { ...options, wait: false, isPlan: true })
  const { schema } = await planProject({
    project: { ...project, syncs: [], checks: [] },
    host,
    stop: context.stop,
    signal: context.abort,
  })
  return await report(schema, project.schema.length, context)
}

async function report(
  tables: readonly TableDrift[],
  checked: number,
  { json, out, messages }: Context,
): Promise<ExitCode> {
  const drifted = tables.filter(({ drift }) => drift.length > 0)
  const isSame = drifted.length === 0
  if (json) await out.write(`${JSON.stringify({ same: isSame, checked, tables: drifted })}\n`)
  else {
    for (const { table, drift } of drifted) {
      for (const each of drift) await out.write(`${table}: ${driftText(each)}${driftPlace(each)}\n`)
    }
  }
  if (isSame) await messages.note(`${plural(checked, 'table')} as expected`)
  return isSame ? EXIT.ok : EXIT.blocked
}
