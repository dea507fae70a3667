/** The records of one table of a backup under the names of the columns that they go to. */
import { stringifyJson, type Values } from '@chatlayer-tables/core'
import { BackupArchive, BackupDamage } from './archive.ts'
import { MANIFEST_PATH } from './manifest.ts'
import type { RestorePart } from './restore-types.ts'

/** Characters that are read at once. */
const CHUNK = 64 * 1024

/** @throws InvalidInputError where the archive is not as it was when it was verified */
export async function* keptRows(
  path: string,
  { from, columns }: Pick<RestorePart, 'from' | 'columns'>,
): AsyncGenerator<{ line: number; values: Values }, void, undefined> {
  await using archive = await BackupArchive.open(path)
  for (const facts of archive.manifest.tables) {
    const records = facts.records.find((entry) => entry.path === from.path)
    if (records === undefined) continue
    const table = await archive.table(facts)
    for await (const { line, record } of archive.records(table, records)) {
      const values = columns.map(([own, name]) => [name, record.values[own] ?? null] as const)
      yield { line, values: Object.fromEntries(values) }
    }
    return
  }
  throw new BackupDamage(MANIFEST_PATH, `it names no ${from.path}`)
}

/** The records as NDJSON, with the line numbers of the backup. */
export async function* keptLines(
  path: string,
  part: Pick<RestorePart, 'from' | 'columns'>,
  stop: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let text = ''
  for await (const { values } of keptRows(path, part)) {
    stop?.throwIfAborted()
    text += `${stringifyJson(values)}\n`
    if (text.length < CHUNK) continue
    yield Buffer.from(text)
    text = ''
  }
  if (text !== '') yield Buffer.from(text)
}
