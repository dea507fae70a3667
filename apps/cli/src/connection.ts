/** Flags and environment to a client. A flag goes before the environment. */
import { readFile } from 'node:fs/promises'
import { REGION_NAMES } from '@chatlayer-tables/contract'
import {
  type Client,
  type ClientOptions,
  connectionFromEnvironment,
  createClient,
  parseTableReference,
  type Region,
  type TableHandle,
  type Version,
  type WriteListener,
} from '@chatlayer-tables/core'
import type { Context } from './context.ts'
import { UsageError } from './failures.ts'
import type { ConnectionFlags, TableFlags } from './invocation.ts'
import { type VersionSources, versionToRead, versionToWrite } from './version-choice.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * What the flags and the environment say of the connection.
 *
 * @throws UsageError for everything that is missing, at once; ConfigurationError for a variable with
 *   a wrong value
 */
export async function readConnection(
  flags: ConnectionFlags,
  environment: Environment,
): Promise<ClientOptions> {
  // A variable that a flag takes the place of may hold what it likes.
  const env = { ...environment }
  if (flags.tokenFile !== undefined) delete env.CHATLAYER_TOKEN
  if (flags.region !== undefined || flags.baseUrl !== undefined) {
    delete env.CHATLAYER_REGION
    delete env.CHATLAYER_BASE_URL
  }
  const said = connectionFromEnvironment(env)
  const token = flags.tokenFile === undefined ? said.token : await readToken(flags.tokenFile)
  const region = flags.region === undefined ? said.region : parseRegion(flags.region)
  const baseUrl = flags.baseUrl ?? said.baseUrl
  const teamId = flags.team ?? said.teamId
  const botId = flags.bot ?? said.botId
  if (
    token === undefined ||
    teamId === undefined ||
    botId === undefined ||
    (region === undefined && baseUrl === undefined)
  ) {
    throw new UsageError(
      `the connection lacks ${missing({ token, gateway: region ?? baseUrl, teamId, botId })}`,
      'Without an account, try the emulator: clt emulator prints what to set.',
    )
  }
  return { token, region, baseUrl, teamId, botId, version: said.version }
}

function missing(found: Readonly<Record<keyof typeof WAYS, string | undefined>>): string {
  const lacking = Object.entries(WAYS).filter(
    ([name]) => found[name as keyof typeof WAYS] === undefined,
  )
  return lacking.map(([, way]) => way).join('; ')
}

/** What a connection needs, and how it is given. */
const WAYS = {
  token: 'a token (CHATLAYER_TOKEN or --token-file)',
  gateway: 'a region (--region or CHATLAYER_REGION) or base URL (--base-url or CHATLAYER_BASE_URL)',
  teamId: 'a team (--team or CHATLAYER_TEAM_ID)',
  botId: 'a bot (--bot or CHATLAYER_BOT_ID)',
}

async function readToken(path: string): Promise<string> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw new UsageError(`cannot read the token file ${path}${code}`)
  }
  if (text.trim() === '') throw new UsageError(`the token file ${path} is empty`)
  return text.trim()
}

function parseRegion(text: string): Region {
  const region = REGION_NAMES.find((name) => name === text.toLowerCase())
  if (region !== undefined) return region
  throw new UsageError(
    `there is no region "${text}"`,
    `The regions are ${REGION_NAMES.join(', ')}.`,
  )
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
  const options = await readConnection(flags, context.io.env)
  context.messages.hide(options.token)
  const make = (onWrite: WriteListener | undefined) =>
    createClient({ ...options, onWrite, userAgent: 'chatlayer-tables-cli' })
  if (listener !== undefined) return make(listener)
  return await context.journal.connect(make, flags, options.token, context.stop)
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

export function openTableToWrite(context: Context, flags: TableFlags): Promise<OpenTable> {
  return openTable(context, flags, versionToWrite)
}

async function openTable(
  context: Context,
  flags: TableFlags,
  choose: (sources: VersionSources) => Version,
): Promise<OpenTable> {
  const reference = parseTableReference(flags.table)
  if (reference.profile !== undefined) {
    throw new UsageError(
      `there is no profile "${reference.profile}"`,
      `If "${flags.table}" is a table's whole name, write it with a colon in front: :${flags.table}`,
    )
  }
  const client = await connect(context, flags)
  const version = choose({
    reference: reference.version,
    live: flags.live,
    environment: connectionFromEnvironment(context.io.env).version,
  })
  return {
    client,
    name: reference.table,
    version,
    handle: client.table(reference.table, { version }),
    [Symbol.asyncDispose]: () => client.close(),
  }
}
