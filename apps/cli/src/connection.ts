/** Creates a client from settings, and opens the table that a command works on. */
import {
  type Client,
  type ClientOptions,
  createClient,
  parseTableReference,
  type TableHandle,
  type TableReference,
  type Version,
  type WriteListener,
} from '@chatlayer-tables/core'
import type { Context } from './context.ts'
import { UsageError } from './failures.ts'
import type { ConnectionFlags, JournalFlags, TableFlags } from './options/common.ts'
import { requestLog } from './output/request-log.ts'
import { openProfiles } from './profiles/open-profiles.ts'
import { gatewayOf } from './profiles/profile.ts'
import { NoProfileError, type Profiles } from './profiles/profiles.ts'
import { readSettings, type SettingSources } from './profiles/read-settings.ts'
import type { Settings } from './profiles/settings.ts'
import { type VersionSources, versionToRead, versionToWrite } from './version-choice.ts'

/**
 * The connection that flags, environment and profile set, with its token.
 *
 * @param reference the profile before the colon of a table
 * @throws UsageError that lists all missing settings, or for a profile or token that cannot be read;
 *   ConfigurationError for a variable with an invalid value
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
    throw missingSettings(settings)
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

/** An error that lists all missing settings of a connection. */
export function missingSettings(settings: Settings): UsageError {
  const missing = Object.entries(WAYS).filter(
    ([name]) => settings[name as keyof typeof WAYS] === undefined,
  )
  const ways = missing.map(([, way]) => way).join('; ')
  return new UsageError(`missing connection settings: ${ways}`, missingHint(settings))
}

/** The settings that a connection needs, and how to pass each. */
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
  return `The profile "${profile.name}" belongs to another gateway than the one set by ${gateway.by}, so it is not used. Omit ${gateway.by}, or pass the missing settings.`
}

/** @throws UsageError if it cannot be read */
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
        `the token of the profile "${profile.name}" is missing`,
        `Sign in again: clt auth login --profile ${profile.name}`,
      )
    }
  }
  throw new UsageError(`missing connection settings: ${WAYS.token}`)
}

/** A token has about 60 characters. In `<(command)`, the command may wait for user input. */
const TOKEN_FILE = { maxBytes: 4_096, pipeTimeoutMs: 60_000 }

async function readTokenFile(path: string): Promise<string> {
  // Loaded here since most connections have no token file.
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
 * Creates a client for a command. Its writes are recorded in the journal of the run; its token is hidden
 * in all messages.
 *
 * @param listener receives the writes instead of the journal
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
  const origin = gatewayOf(options)?.origin ?? ''
  const paceSharing = await context.state.pace({ origin, token: options.token })
  const make = (onWrite: WriteListener | undefined) =>
    createClient({
      ...options,
      ...requestLog(context),
      onWrite,
      paceSharing,
      userAgent: USER_AGENT,
      proxyEnvironment: context.io.env,
    })
  if (listener !== undefined) return make(listener)
  return await context.journal.connect(make, flags, options.token, context.stop)
}

/**
 * The version for a command on several tables, if none of them has `@draft` or `@live`.
 *
 * @throws UsageError if LIVE comes from a setting only
 */
export async function defaultVersionToWrite(
  context: Context,
  flags: ConnectionFlags,
): Promise<Version> {
  const sources = { env: context.io.env, profiles: openProfiles(context) }
  const { version } = await readSettings(sources, flags)
  return versionToWrite({ reference: undefined, live: false, setting: version })
}

/** The table that a command works on, with its client, which must be closed. */
export interface OpenTable extends AsyncDisposable {
  readonly client: Client
  /** As typed, without profile and version. */
  readonly name: string
  readonly version: Version
  readonly handle: TableHandle
}

export function openTableToRead(context: Context, flags: TableFlags): Promise<OpenTable> {
  return openTable(context, flags, versionToRead)
}

/** Flags of commands that can show what they would write. */
export interface PreviewFlags {
  readonly dryRun?: boolean | undefined
  readonly check?: boolean | undefined
}

/** @throws StorageError, before anything is sent, if the journal cannot be written */
export async function openTableToWrite(
  context: Context,
  flags: TableFlags & PreviewFlags,
): Promise<OpenTable> {
  if (!flags.dryRun && !flags.check) await context.journal.prepare(flags)
  return await openTable(context, flags, versionToWrite)
}

/** The bot that a command works on, with its client, which must be closed. */
export interface OpenBot extends AsyncDisposable {
  readonly client: Client
  /** The table that was named, if any. */
  readonly reference: TableReference | undefined
  /** The version to read where a table has none. */
  readonly version: Version
  /** Another client, whose writes go to the listener. */
  connect(listener: WriteListener | undefined): Promise<Client>
}

/** For commands that work on several tables, and write several times. */
export async function openBot(
  context: Context,
  flags: ConnectionFlags & Pick<TableFlags, 'live'> & { readonly table?: string },
): Promise<OpenBot> {
  const reference = flags.table === undefined ? undefined : parseTableReference(flags.table)
  const profiles = openProfiles(context)
  const settings = await settingsOf({ env: context.io.env, profiles }, flags, reference?.profile)
  const version = versionToRead({
    reference: reference?.version,
    live: flags.live,
    setting: settings.version,
  })
  const options = await completeSettings(settings, profiles)
  const client = await makeClient(context, flags, options)
  return {
    ...{ client, reference, version },
    connect: (listener) => makeClient(context, flags, options, listener),
    [Symbol.asyncDispose]: () => client.close(),
  }
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
  flags: ConnectionFlags & { readonly table?: string },
  profile: string | undefined,
): Promise<Settings> {
  try {
    return await readSettings(sources, flags, profile)
  } catch (error) {
    if (profile === undefined || !(error instanceof NoProfileError)) throw error
    throw new UsageError(
      error.message,
      `${error.hint} If "${flags.table}" is the whole name of a table, put a colon before it: :${flags.table}`,
    )
  }
}
