/** `clt mcp install`: adds the MCP server to the configuration of a client. */

import { realpath, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { connectionFromEnvironment } from '@chatlayer-tables/core'
import { ensureFolder, homeFolder, readSmallFile, SmallFileError } from '@chatlayer-tables/local'
import { checkCanAsk, confirmOrThrow } from '../../../confirm.ts'
import { readConnection } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { printable } from '../../../printable.ts'
import { openProfiles } from '../../../profiles/open-profiles.ts'
import { CLIENT_FACTS, type ClientFacts, type Place } from './clients.ts'
import type { Options } from './definition.ts'
import { changedLines, type EntryPath, editConfig, hasEntry } from './edit-config.ts'
import { entryFor, type Variables } from './entry.ts'
import { checkServerName } from './server-name.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const client = CLIENT_FACTS[options.client]
  // One that was added by hand can still be removed.
  if (!options.remove) checkServerName(options.name, client)
  const { platform } = process
  const place = { platform, home: homeFolder(), cwd: process.cwd(), env: context.io.env }
  const known = await knownVariables(options, context)
  const entry = options.remove
    ? undefined
    : entryFor(client, { platform, variables: known, serverArgs: options.serverArgs })
  if (options.print) {
    const snippet = { [client.member]: { [options.name]: entry } }
    await context.out.write(`${JSON.stringify(snippet, null, 2)}\n`)
    return EXIT.ok
  }
  const file = await fileFor(client, place, options)
  const before = await readText(file)
  const path: EntryPath = [client.member, options.name]
  const after = edit(file, before, path, entry)
  if (after === before) {
    const state = options.remove ? `has no server "${options.name}"` : 'is up to date'
    await context.messages.say(`${file} ${state}; nothing was changed`)
    return EXIT.ok
  }
  if (!options.yes) checkCanAsk(context, '--print to see the configuration')
  await show(context, file, before, after)
  if (!options.yes) {
    await confirmOrThrow(context, `${hasEntry(before, path) ? 'Change' : 'Add to'} ${file}?`)
  }
  await replaceFile(file, after)
  await context.messages.say(`wrote ${file}; restart ${client.title}`)
  if (!options.remove) await reportToken(client, known, context)
  return EXIT.ok
}

/** The connection settings that may be written; the token only if requested. */
async function knownVariables(options: Options, context: Context): Promise<Variables> {
  const { token, region, baseUrl, teamId, botId, version } = await readKnownSettings(
    options,
    context,
  )
  context.messages.hide(token)
  if (options.writeToken && token === undefined) {
    throw new UsageError('there is no token to write', 'Set CHATLAYER_TOKEN, or pass --token-file.')
  }
  const found = {
    CHATLAYER_TOKEN: options.writeToken ? token : undefined,
    CHATLAYER_REGION: baseUrl === undefined ? region : undefined,
    CHATLAYER_BASE_URL: baseUrl,
    CHATLAYER_TEAM_ID: teamId,
    CHATLAYER_BOT_ID: botId,
    CHATLAYER_TABLE_VERSION: version,
  }
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** The connection settings, even if incomplete: the user can add the rest. */
async function readKnownSettings(options: Options, context: Context) {
  const { io } = context
  try {
    return await readConnection(options, { env: io.env, profiles: openProfiles(context) })
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const fromEnvironment = connectionFromEnvironment(io.env)
    const gateway =
      options.region === undefined && options.baseUrl === undefined
        ? fromEnvironment
        : { region: options.region, baseUrl: options.baseUrl }
    return {
      token: fromEnvironment.token,
      region: gateway.region,
      baseUrl: gateway.baseUrl,
      teamId: options.team ?? fromEnvironment.teamId,
      botId: options.bot ?? fromEnvironment.botId,
      version: fromEnvironment.version,
    }
  }
}

async function fileFor(client: ClientFacts, place: Place, options: Options): Promise<string> {
  if (options.project && client.projectFile === undefined) {
    throw new UsageError(`${client.title} does not support project configuration`)
  }
  const file =
    options.project && client.projectFile !== undefined
      ? resolve(place.cwd, client.projectFile)
      : client.userFile(place)
  // Resolve symbolic links, so that replacing the file keeps the link.
  return realpath(file).catch(() => file)
}

/** Large, since some clients store more than settings in the file. */
const MAX_BYTES = 100_000_000

async function readText(file: string): Promise<string> {
  try {
    return await readSmallFile(file, { maxBytes: MAX_BYTES })
  } catch (error) {
    if (!(error instanceof SmallFileError)) throw error
    if (error.problem === 'missing') return ''
    throw new UsageError(`cannot read ${file}: ${error.message}`)
  }
}

function edit(file: string, text: string, path: EntryPath, entry: unknown): string {
  try {
    return editConfig(text, path, entry)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`cannot change ${file}: ${error.message}`, error.hint)
  }
}

async function show({ err }: Context, file: string, before: string, after: string): Promise<void> {
  const lines = changedLines(before, after).map((line) =>
    line.replaceAll(TOKEN_MEMBER, '$<name>"(the token)"'),
  )
  await err.write(`${[file, ...lines].map((line) => `${printable(line)}\n`).join('')}`)
}

/** A token in the file, also one that was there before. A reference to a variable is not a token. */
const TOKEN_MEMBER = /(?<name>"CHATLAYER_TOKEN"\s*:\s*)"(?!\$\{)(?:[^"\\]|\\.)*"/g

/** Replaces the file atomically. A new file is readable only by its owner. */
async function replaceFile(file: string, text: string): Promise<void> {
  ensureFolder(dirname(file))
  const mode = await stat(file).then(
    (found) => found.mode & 0o777,
    () => 0o600,
  )
  const next = `${file}.${process.pid}.new`
  await writeFile(next, text, { mode, flag: 'wx' })
  await rename(next, file)
}

async function reportToken(
  { title, variable }: ClientFacts,
  known: Variables,
  { messages }: Context,
): Promise<void> {
  const missing = ['CHATLAYER_TEAM_ID', 'CHATLAYER_BOT_ID'].filter((name) => !(name in known))
  if (!('CHATLAYER_REGION' in known || 'CHATLAYER_BASE_URL' in known)) {
    missing.unshift('CHATLAYER_REGION')
  }
  if (missing.length > 0) await messages.say(`still missing in the file: ${missing.join(', ')}`)
  if ('CHATLAYER_TOKEN' in known) {
    await messages.say(
      'the token is stored unencrypted in that file: anyone who can read the file can use it',
    )
  } else if (variable === undefined) {
    await messages.say(
      `the token is not in the file: start ${title} with CHATLAYER_TOKEN set, or pass --write-token`,
    )
  } else {
    await messages.say(`the token is not in the file: start ${title} with CHATLAYER_TOKEN set`)
  }
}
