/**
 * Names of tables and columns for completion: from a cache file that is at most a few minutes old, or
 * from the gateway, with a short timeout. The cache contains no tokens, addresses or values.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type ClientOptions, createClient } from '@chatlayer-tables/core'
import { z } from 'zod'
import { readIfThere, writeOwnFile } from '../profiles/private-file.ts'
import type { KnownTable } from './candidates.ts'

const FRESH_MS = 5 * 60_000
/** Maximum age of names to offer if the gateway is unreachable. */
const MAX_AGE_MS = 24 * 3_600_000
/** Delay after a timeout before the gateway is asked again, so that not every Tab waits. */
const RETRY_DELAY_MS = 30_000
/** Short, since the user waits after pressing Tab. */
export const TIMEOUT_MS = 1_000

const CachedTables = z.strictObject({
  format: z.literal(1),
  /** Milliseconds since 1970. */
  readAt: z.number(),
  triedAt: z.number(),
  tables: z
    .array(
      z.object({
        name: z.string(),
        columns: z.array(z.object({ name: z.string(), type: z.string() })).readonly(),
      }),
    )
    .readonly(),
})
type CachedTables = z.output<typeof CachedTables>

export interface TableSource {
  /** The cache folder of the program. */
  readonly folder: string
  /** Identifies the connection; contains no secrets. */
  readonly connection: readonly string[]
  /** Called only to ask the gateway, since it may read the keychain. */
  readonly options: () => Promise<ClientOptions>
  readonly now?: () => number
}

/** Never throws. */
export async function knownTables(source: TableSource): Promise<readonly KnownTable[]> {
  const { folder, connection, now = Date.now } = source
  const name = createHash('sha256').update(JSON.stringify(connection)).digest('hex').slice(0, 32)
  const file = join(folder, 'completion', `${name}.json`)
  const cached = await read(file)
  const at = now()
  const age = at - (cached?.readAt ?? 0)
  const usable = age >= 0 && age < MAX_AGE_MS ? (cached?.tables ?? []) : []
  const sinceTried = at - (cached?.triedAt ?? 0)
  if ((age >= 0 && age < FRESH_MS) || (sinceTried >= 0 && sinceTried < RETRY_DELAY_MS))
    return usable
  try {
    const tables = await withTimeout(ask(source))
    await write(file, { format: 1, readAt: at, triedAt: at, tables })
    return tables
  } catch {
    await write(file, { format: 1, readAt: cached?.readAt ?? 0, triedAt: at, tables: usable })
    return usable
  }
}

async function ask({ options }: TableSource): Promise<KnownTable[]> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  await using client = createClient({ ...(await options()), userAgent: 'chatlayer-tables-cli' })
  const tables = await client.tables.list({ signal })
  return tables.map(({ name, columns }) => ({
    name,
    columns: columns.map((column) => ({ name: column.name, type: column.type })),
  }))
}

/** Rejects after the timeout. A keychain that waits to be unlocked ignores signals. */
async function withTimeout<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('timeout')), TIMEOUT_MS)
  work.catch(() => undefined)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

async function read(file: string): Promise<CachedTables | undefined> {
  try {
    return CachedTables.parse(JSON.parse((await readIfThere(file)) ?? ''))
  } catch {
    return undefined
  }
}

async function write(file: string, cached: CachedTables): Promise<void> {
  // If the cache is not writable, the gateway is asked each time.
  await writeOwnFile(file, JSON.stringify(cached)).catch(() => undefined)
}
