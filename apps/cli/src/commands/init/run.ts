/** `clt init`: writes a first `chatlayer.yaml`. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Table } from '@chatlayer-tables/core'
import { connect } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { plural } from '../../output/progress.ts'
import { openProfiles } from '../../profiles/open-profiles.ts'
import { isComplete, readSettings } from '../../profiles/read-settings.ts'
import type { Settings } from '../../profiles/settings.ts'
import { SCHEMA_FILE, schemaText } from '../../project/json-schema.ts'
import { writeOutput } from '../../project/write-output.ts'
import type { Options } from './definition.ts'
import { type FoundSource, findSources } from './find-sources.ts'
import { matchSources } from './match-sources.ts'
import { type FirstProject, projectText } from './project-text.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { file, stdout, force } = options
  if (!(stdout || force) && existsSync(file)) {
    throw new UsageError(
      `${file} exists`,
      'Pass --force to overwrite it, or --file for another name.',
    )
  }
  const folder = dirname(file)
  const project = await findProject(options, context, await findSources(folder, context))
  const text = projectText(project)
  if (stdout) {
    await context.out.write(text)
    return EXIT.ok
  }
  await writeOutput(context, file, text)
  const schema = join(folder, SCHEMA_FILE)
  // Ours, and the same for every project: an older release may have written it.
  await writeFile(schema, schemaText())
  await report(project, file, context)
  return EXIT.ok
}

async function findProject(
  options: Options,
  context: Context,
  sources: readonly FoundSource[],
): Promise<FirstProject> {
  const profiles = openProfiles(context)
  const settings = await readSettings({ env: context.io.env, profiles }, options)
  if (!isComplete(settings)) {
    await context.messages.note(
      'not connected, so the file contains examples only (clt auth login)',
    )
    return { connection: undefined, matches: [], otherTables: [], otherSources: sources }
  }
  await using client = await connect(context, options)
  const tables = await client.tables.list({ signal: context.stop })
  const matches = await matchSources(client, tables, sources, context.stop)
  const matched = new Set<Table | FoundSource>(
    matches.flatMap(({ table, source }) => [table, source]),
  )
  return {
    connection: connectionOf(settings),
    matches,
    otherTables: tables.filter((table) => !matched.has(table)).map(({ name }) => name),
    otherSources: sources.filter((source) => !matched.has(source)),
  }
}

/** No profile, since other machines do not have it: the token alone comes from there or the environment. */
function connectionOf({ gateway, teamId, botId }: Settings): Record<string, string> {
  const where = gateway?.value
  const named: Record<string, string | undefined> =
    where !== undefined && 'region' in where
      ? { region: where.region }
      : { base_url: where?.baseUrl }
  const all = { ...named, team: teamId?.value, bot: botId?.value }
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

async function report(
  { matches, otherTables, otherSources }: FirstProject,
  file: string,
  { messages }: Context,
): Promise<void> {
  for (const { source, table, key } of matches) {
    const from = typeof source.from === 'string' ? source.from : source.from.url
    const keyed = key === undefined ? 'no key found' : `key ${key}`
    await messages.note(`${from} to ${table.name}@draft, ${keyed}`)
  }
  if (otherTables.length > 0) {
    await messages.note(`no source found for ${plural(otherTables.length, 'table')}`)
  }
  if (otherSources.length > 0) {
    await messages.note(`no table found for ${plural(otherSources.length, 'source')}`)
  }
  const other = file === 'chatlayer.yaml' ? '' : ` --file ${file}`
  await messages.note(`next: read the file, then run: clt plan${other}`)
}
