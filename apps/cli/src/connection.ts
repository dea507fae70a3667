/** Settings to a client, and a client to the table that a command works on. */
import {
  type Client,
  type ClientOptions,
  createClient,
  parseTableReference,
  type TableHandle,
  type Version,
  type WriteListener,
} from '@chatlayer-tables/core'
import type { Context } from './context.ts'
import { UsageError } from './failures.ts'
import type { ConnectionFlags, JournalFlags, TableFlags } from './options/common.ts'
import { requestLog } from './output/request-log.ts'
import { openProfiles } from './profiles/open-profiles.ts'
import { NoProfileError, type Profiles } from './profiles/profiles.ts'
import { readSettings, type SettingSources } from './profiles/read-settings.ts'
import type { Settings } from './profiles/settings.ts'
import { type VersionSources, versionToRead, versionToWrite } from './version-choice.ts'

/**
 * What flags, environment and profile say of the connection, with the token.
 *
 * @param reference the profile that stands before the colon of a table
 * @throws UsageError for everything that is missing, at once, and for a profile or token that cannot
 *   be read; ConfigurationError for a variable with a wrong value
 */
export async function readConnection(
  flags: ConnectionFlags,
  sources: SettingSources,
  reference?: string,
): Promise<ClientOptions> {
  return completeSettings(await readSettings(sources, flags, reference), sources.profiles)
}

/** @throws UsageError as {@link readConnection} does */
export async function completeSettings(
  settings: Settings,
  profiles: Profiles,
): Promise<ClientOptions> {
  const { gateway, teamId, botId, version, dialect } = settings
  if (
    settings.token === undefined ||
    gateway === undefined ||
    teamId === undefined ||
    botId === undefined
  ) {
    throw missingOf(settings)
  }
  return {
    ...gateway.value,
    token: await readToken(settings, profiles),
    teamId: teamId.value,
    botId: botId.value,
    version: version?.value,
    dialect,
  }
}

/** Everything that a connection lacks, at once. */
export function missingOf(settings: Settings): UsageError {
  const lacking = Object.entries(WAYS).filter(
    ([name]) => settings[name as keyof typeof WAYS] === undefined,
  )
  const ways = lacking.map(([, way]) => way).join('; ')
  return new UsageError(`the connection lacks ${ways}`, missingHint(settings))
}

/** What a connection needs, and how it is given. */
const WAYS = {
  token: 'a token (CHATLAYER_TOKEN or --token-file)',
  gateway: 'a region (--region or CHATLAYER_REGION) or base URL (--base-url or CHATLAYER_BASE_URL)',
  teamId: 'a team (--team or CHATLAYER_TEAM_ID)',
  botId: 'a bot (--bot or CHATLAYER_BOT_ID)',
}

function missingHint({ profile, otherGateway, gateway }: Settings): string {
  if (!otherGateway || profile === undefined || gateway === undefined) {
    return 'Sign in once: clt auth login. Without an account: clt try.'
  }
  return `The profile "${profile.name}" is of another gateway than ${gateway.by} says, so that nothing of it is used. Leave out ${gateway.by}, or give the rest.`
}

/** @throws UsageError when it cannot be read */
export async function readToken({ token, profile }: Settings, profiles: Profiles): Promise<string> {
  switch (token?.from) {
    case 'environment':
      return token.token
    case 'file':
      return readTokenFile(token.path)
    case 'profile': {
      if (profile === undefined) break
      const found = await profiles.token(profile.name, profile.profile)
      if (found !== undefined) return found
      throw new UsageError(
        `the token of the profile "${profile.name}" is gone`,
        `Sign in again: clt auth login --profile ${profile.name}`,
      )
    }
  }
  throw new UsageError(`the connection lacks ${WAYS.token}`)
}

/** A token has some 60 characters. A pipe is `<(command)`, and the command may ask a person first. */
const TOKEN_FILE = { maxBytes: 4_096, pipeTimeoutMs: 60_000 }

async function readTokenFile(path: string): Promise<string> {
  // Loaded only here: most connections have their token from elsewhere.
  const { readSmallFile, SmallFileError } = await import('@chatlayer-tables/local')
  let text: string
  try {
    text = await readSmallFile(path, TOKEN_FILE)
  } catch (error) {
    if (!(error instanceof SmallFileError)) throw error
    throw new UsageError(`cannot read the token file ${path}: ${error.message}`)
  }
  if (text.trim() === '') throw new UsageError(`the token file ${path} is empty`)
  return text.trim()
}

/**
 * A client for a command. Its writes go into the journal of the run, and its token into no message.
 *
 * @param listener told of the writes in the journal's place
 */
export async function connect(
  context: Context,
  flags: ConnectionFlags,
  listener?: WriteListener,
): Promise<Client> {
  const sources = { env: context.io.env, profiles: openProfiles(context) }
  return await makeClient(context, flags, await readConnection(flags, sources), listener)
}

export const USER_AGENT = 'chatlayer-tables-cli'

async function makeClient(
  context: Context,
  flags: JournalFlags,
  options: ClientOptions,
  listener?: WriteListener,
): Promise<Client> {
  context.messages.hide(options.token)
  const make = (onWrite: WriteListener | undefined) =>
    createClient({
      ...options,
      ...requestLog(context),
      onWrite,
      userAgent: USER_AGENT,
      proxyEnvironment: context.io.env,
    })
  if (listener !== undefined) return make(listener)
  return await context.journal.connect(make, flags, options.token, context.stop)
}

/**
 * For a command on several tables, of which none says a version.
 *
 * @throws UsageError when only a setting says LIVE
 */
export async function defaultVersionToWrite(
  context: Context,
  flags: ConnectionFlags,
): Promise<Version> {
  const sources = { env: context.io.env, profiles: openProfiles(context) }
  const { version } = await readSettings(sources, flags)
  return versionToWrite({ reference: undefined, live: false, setting: version })
}

/** The one table that a command works on, with the client that it holds open. */
export interface OpenTable extends AsyncDisposable {
  readonly client: Client
  /** As it was written, without its version. */
  readonly name: string
  readonly version: Version
  readonly handle: TableHandle
}

export function openTableToRead(context: Context, flags: TableFlags): Promise<OpenTable> {
  return openTable(context, flags, versionToRead)
}

/** Whether a command only shows what it would write. */
export interface PreviewFlags {
  readonly dryRun?: boolean | undefined
  readonly check?: boolean | undefined
}

/** @throws also StorageError, before anything is sent, where the journal cannot be written */
export async function openTableToWrite(
  context: Context,
  flags: TableFlags & PreviewFlags,
): Promise<OpenTable> {
  if (!flags.dryRun && !flags.check) context.journal.prepare(flags)
  return await openTable(context, flags, versionToWrite)
}

async function openTable(
  context: Context,
  flags: TableFlags,
  choose: (sources: VersionSources) => Version,
): Promise<OpenTable> {
  const reference = parseTableReference(flags.table)
  const profiles = openProfiles(context)
  const sources = { env: context.io.env, profiles }
  const settings = await settingsOf(sources, flags, reference.profile)
  const version = choose({
    reference: reference.version,
    live: flags.live,
    setting: settings.version,
  })
  const client = await makeClient(context, flags, await completeSettings(settings, profiles))
  return {
    client,
    name: reference.table,
    version,
    handle: client.table(reference.table, { version }),
    [Symbol.asyncDispose]: () => client.close(),
  }
}

async function settingsOf(
  sources: SettingSources,
  flags: TableFlags,
  profile: string | undefined,
): Promise<Settings> {
  try {
    return await readSettings(sources, flags, profile)
  } catch (error) {
    if (profile === undefined || !(error instanceof NoProfileError)) throw error
    throw new UsageError(
      error.message,
      `${error.hint} If "${flags.table}" is a table's whole name, write it with a colon in front: :${flags.table}`,
    )
  }
}
