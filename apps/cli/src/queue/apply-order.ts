/** An apply as it is queued: all that a worker of another machine needs, without secrets. */
import { readFileSync, statSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { basename, dirname, resolve } from 'node:path'
import { parseTableReference } from '@chatlayer-tables/core'
import type { QueueFile, QueueOrder } from '@chatlayer-tables/state'
import type { Project } from '@chatlayer-tables/transfer/project'
import type { Context } from '../context.ts'
import { UsageError } from '../failures.ts'
import type { ConnectionFlags, JournalFlags } from '../options/common.ts'
import { openProfiles } from '../profiles/open-profiles.ts'
import { readSettings } from '../profiles/read-settings.ts'
import { withoutAbsent } from '../project/project-host.ts'
import { parseText, readProjectText } from '../project/read-project.ts'
import { isAddress, sideKind } from '../side-kind.ts'

/** What the queue keeps of an apply. Plain data. */
export interface ApplyWork {
  readonly kind: 'apply'
  /** The name of `chatlayer.yaml`, which is the first of the files. */
  readonly file: string
  /** Its folder on the machine that queued it: paths that were not brought along are relative to it. */
  readonly folder: string
  readonly overlay?: string | undefined
  readonly only?: readonly string[] | undefined
  readonly allow: readonly string[]
  readonly acceptStored: boolean
  readonly journal: boolean
  readonly note?: string | undefined
  readonly connection: Pick<ConnectionFlags, 'profile' | 'region' | 'baseUrl' | 'team' | 'bot'>
  /** Variables that choose the bot, as they were where it was queued. The token is the worker's. */
  readonly environment: Readonly<Record<string, string>>
}

export interface OrderOptions extends ConnectionFlags, JournalFlags {
  readonly file: string
  readonly overlay?: string | undefined
  readonly name?: string | undefined
  readonly only?: readonly string[] | undefined
  readonly allow: readonly string[]
  readonly acceptStored: boolean
  readonly priority: number
}

/** Larger files are left where they are: they must be reachable for the worker. */
const MAX_FILE_BYTES = 1_000_000
const MAX_FILES_BYTES = 8_000_000

export interface MadeOrder {
  readonly order: QueueOrder<ApplyWork>
  readonly project: Project
  /** Paths of files that were too large to bring along. */
  readonly left: readonly string[]
}

/**
 * Reads a project for the queue. Variables that are not set here are taken from the worker.
 *
 * @throws UsageError as `readProject` does
 */
export async function makeOrder(context: Context, options: OrderOptions): Promise<MadeOrder> {
  const { file, overlay } = options
  if (options.tokenFile !== undefined) {
    throw new UsageError(
      'a token file cannot be queued',
      'The worker has its own: CHATLAYER_TOKEN, or a profile.',
    )
  }
  const text = await readProjectText(file)
  const included = new Map<string, string>()
  const read = (path: string): string | undefined => {
    const found = readIfThere(resolve(dirname(file), path))
    if (found !== undefined) included.set(path, found)
    return found
  }
  const project = await parseText(text, { file, overlay, read, keepMissing: true }, context)
  context.state.useProject(file, project.state)
  const own = [[basename(file), text] as const, ...included]
  const { files, left } = sourcesOf(project, file)
  const work: ApplyWork = {
    ...{ kind: 'apply', file: basename(file), folder: resolve(dirname(file)), overlay },
    ...{ only: options.only, allow: options.allow, acceptStored: options.acceptStored },
    ...{ journal: options.journal !== false, note: options.note },
    ...(await connectionOf(context, options, project)),
  }
  const order: QueueOrder<ApplyWork> = {
    ...{ name: options.name ?? nameOf(file, overlay), work, priority: options.priority },
    key: keyOf(project, work),
    files: [...own.map(([path, each]) => ({ path, content: Buffer.from(each) })), ...files],
    by: { host: hostname(), user: userName() },
  }
  return { order, project, left }
}

/** `shop` or `shop/staging` for the project in the folder `shop`. */
function nameOf(file: string, overlay: string | undefined): string {
  const folder = basename(resolve(dirname(file))).replace(/[^\w.-]+/g, '-')
  const name = folder === '' ? 'project' : folder
  return overlay === undefined ? name : `${name}/${overlay}`
}

/** Small files that syncs read. */
function sourcesOf(project: Project, file: string): { files: QueueFile[]; left: string[] } {
  const files: QueueFile[] = []
  const left: string[] = []
  let room = MAX_FILES_BYTES
  const isThere = (path: string): boolean => sizeOf(resolve(dirname(file), path)) !== undefined
  const paths = project.syncs
    .map(({ from }) => from)
    .filter(({ kind, text }) => kind === 'file' || (kind === 'any' && isFile(text, isThere)))
    .map(({ text }) => text)
  for (const path of new Set(paths)) {
    const located = resolve(dirname(file), path)
    const size = sizeOf(located)
    if (size === undefined || size > Math.min(room, MAX_FILE_BYTES)) {
      left.push(path)
      continue
    }
    room -= size
    files.push({ path, content: readFileSync(located) })
  }
  return { files, left }
}

function isFile(text: string, isThere: (path: string) => boolean): boolean {
  return !isAddress(text) && sideKind(text, isThere) !== 'table'
}

/** Undefined where there is no such file. */
function sizeOf(path: string): number | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() === true ? found.size : undefined
}

function readIfThere(path: string): string | undefined {
  return sizeOf(path) === undefined ? undefined : readFileSync(path, 'utf8')
}

/**
 * Flags go along as they are. What else chooses the bot here, variables or the current profile, goes along
 * as variables, so that the worker's own do not choose another bot.
 */
async function connectionOf(
  context: Context,
  options: OrderOptions,
  project: Project,
): Promise<Pick<ApplyWork, 'connection' | 'environment'>> {
  const { profile, region, baseUrl, team, bot } = options
  const connection = withoutAbsent({ profile, region, baseUrl, team, bot })
  // A profile that is named has the same name at the worker; it may be there alone.
  if (profile !== undefined || project.connection.profile !== undefined) {
    return { connection, environment: {} }
  }
  const { env } = context.io
  const settings = await readSettings({ env, profiles: openProfiles(context) }, connection)
  const where: { region?: string; baseUrl?: string } = settings.gateway?.value ?? {}
  const found = {
    CHATLAYER_REGION: where.region,
    CHATLAYER_BASE_URL: where.baseUrl,
    CHATLAYER_TEAM_ID: settings.teamId?.value,
    CHATLAYER_BOT_ID: settings.botId?.value,
    CHATLAYER_TABLE_VERSION: settings.version?.value,
  }
  const set = Object.entries(found).filter(([, value]) => value !== undefined)
  return { connection, environment: Object.fromEntries(set) as Record<string, string> }
}

/** The environment of an order at a worker: what chooses the bot is the order's, all else the worker's. */
export function environmentOf(
  own: Readonly<Record<string, string | undefined>>,
  { environment }: ApplyWork,
): Record<string, string | undefined> {
  const { CHATLAYER_REGION, CHATLAYER_BASE_URL, ...rest } = own
  const isElsewhere = 'CHATLAYER_REGION' in environment || 'CHATLAYER_BASE_URL' in environment
  const gateway = isElsewhere ? {} : { CHATLAYER_REGION, CHATLAYER_BASE_URL }
  return { ...rest, ...gateway, ...environment }
}

/** Equal for orders that write the same tables, as far as this can be told from what is written. */
function keyOf(project: Project, { connection, environment, only }: ApplyWork): string {
  const targets = project.syncs
    .filter(({ name }) => only?.includes(name) ?? true)
    .map(({ to }) => {
      const { profile, table, version = 'DRAFT' } = parseTableReference(to)
      return JSON.stringify([profile ?? null, table, version])
    })
  return JSON.stringify([project.connection, connection, environment, targets.toSorted()])
}

function userName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    // A container may run as a user without a name.
    return undefined
  }
}
