/** The tables of a bot, as they were last listed: what SQL can name, also when nothing is sent. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Client, Table } from '@chatlayer-tables/core'
import { readSmallFileSync, writePrivateFile } from '@chatlayer-tables/local'
import { NoMirrorError } from './errors.ts'
import type { Freshness } from './freshness.ts'

interface Catalog {
  readonly asOf: string
  readonly tables: readonly Table[]
}

/** The folder of one bot, in that of all mirrors. Its name is a hash, which does not show the bot. */
export function botFolder(folder: string, { connection }: Client): string {
  const { origin, teamId, botId } = connection
  const name = createHash('sha256')
    .update(JSON.stringify([origin, teamId, botId]))
    .digest('hex')
  return join(folder, name.slice(0, 24))
}

/** @throws NoMirrorError when they were never listed and `fresh` does not allow it; StorageError */
export async function listTables(
  folder: string,
  client: Client,
  fresh: Freshness,
  signal?: AbortSignal,
): Promise<readonly Table[]> {
  const path = join(folder, 'tables.json')
  const held = fresh === 'always' ? undefined : read(path)
  if (held !== undefined) {
    const age = Date.now() - Date.parse(held.asOf)
    if (fresh === 'never' || (typeof fresh === 'number' && age >= 0 && age < fresh)) {
      return held.tables
    }
  }
  if (fresh === 'never') {
    throw new NoMirrorError('the tables of this bot were never read', {
      hint: 'Query once with another freshness than "never".',
    })
  }
  const asOf = new Date().toISOString()
  const tables = await client.tables.list({ signal })
  await writePrivateFile(path, JSON.stringify({ asOf, tables } satisfies Catalog))
  return tables
}

/** This program never writes a larger list. */
const MAX_BYTES = 64_000_000

function read(path: string): Catalog | undefined {
  try {
    const catalog = JSON.parse(
      readSmallFileSync(path, { maxBytes: MAX_BYTES }),
    ) as Partial<Catalog> | null
    return Array.isArray(catalog?.tables) ? (catalog as Catalog) : undefined
  } catch {
    return undefined
  }
}
