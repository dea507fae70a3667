/**
 * Names of tables and columns for completion: from a file that is a few minutes old at most, else
 * from the gateway, for which a moment is waited. Nothing of a token, an address or a value is kept.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type ClientOptions, createClient } from '@chatlayer-tables/core'
import { z } from 'zod'
import { readIfThere, writeOwnFile } from '../profiles/private-file.ts'
import type { KnownTable } from './candidates.ts'

const FRESH_MS = 5 * 60_000
/** What is older than that is not even shown where the gateway is not reached. */
const KEPT_MS = 24 * 3_600_000
/** How long a gateway that did not answer in time is left alone, so that not every key waits. */
const LEFT_ALONE_MS = 30_000
/** Somebody has pressed a key and waits. */
export const PATIENCE_MS = 1_000

const Kept = z.strictObject({
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
type Kept = z.output<typeof Kept>

export interface TableSource {
  /** Of the program's cache. */
  readonly folder: string
  /** Tells one connection from another, and no secret of it. */
  readonly connection: readonly string[]
  /** Told for the gateway alone, since a keychain may have to be asked. */
  readonly options: () => Promise<ClientOptions>
  readonly now?: () => number
}

/** Never throws. */
export async function knownTables(source: TableSource): Promise<readonly KnownTable[]> {
  const { folder, connection, now = Date.now } = source
  const name = createHash('sha256').update(JSON.stringify(connection)).digest('hex').slice(0, 32)
  const file = join(folder, 'completion', `${name}.json`)
  const kept = await read(file)
  const at = now()
  const age = at - (kept?.readAt ?? 0)
  const usable = age >= 0 && age < KEPT_MS ? (kept?.tables ?? []) : []
  const tried = at - (kept?.triedAt ?? 0)
  if ((age >= 0 && age < FRESH_MS) || (tried >= 0 && tried < LEFT_ALONE_MS)) return usable
  try {
    const tables = await inTime(ask(source))
    await write(file, { format: 1, readAt: at, triedAt: at, tables })
    return tables
  } catch {
    await write(file, { format: 1, readAt: kept?.readAt ?? 0, triedAt: at, tables: usable })
    return usable
  }
}

async function ask({ options }: TableSource): Promise<KnownTable[]> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  await using client = createClient({ ...(await options()), userAgent: 'chatlayer-tables-cli' })
  const tables = await client.tables.list({ signal })
  return tables.map(({ name, columns }) => ({
    name,
    columns: columns.map((column) => ({ name: column.name, type: column.type })),
  }))
}

/** A keychain that waits for somebody to unlock it heeds no signal. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('too slow')), PATIENCE_MS)
  work.catch(() => undefined)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

async function read(file: string): Promise<Kept | undefined> {
  try {
    return Kept.parse(JSON.parse((await readIfThere(file)) ?? ''))
  } catch {
    return undefined
  }
}

async function write(file: string, kept: Kept): Promise<void> {
  // Where nothing can be kept, it is asked anew each time.
  await writeOwnFile(file, JSON.stringify(kept)).catch(() => undefined)
}
