/** Writes tables of a bot into one archive. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  InvalidInputError,
  NotFoundError,
  nearest,
  type Table,
  TableChangedError,
  type TableHandle,
  type Version,
} from '@chatlayer-tables/core'
import type { TransferSituation } from '../errors/situations.ts'
import { ArchiveFile } from './archive-file.ts'
import type { BackedUpTable, BackupOptions, BackupReport, TableChoice } from './backup-types.ts'
import { definitionPath, recordsPath, tableStem } from './entry-names.ts'
import {
  definitionOf,
  FORMAT,
  FORMAT_VERSION,
  MANIFEST_PATH,
  type Manifest,
  manifestText,
  type RecordsFacts,
  type TableFacts,
} from './manifest.ts'
import { oddValueCounter, recordLine } from './record-line.ts'

/** How often a table that changes while it is read is read in total. */
const ATTEMPTS = 3
const PAUSE_MS = 1_000

/** A table and the versions of it that are wanted. */
interface ChosenTable {
  readonly table: Table
  readonly versions: readonly Version[]
}

/**
 * Writes an archive of tables and their records. It is written under another name in the same folder
 * and takes its own when it is whole; an archive of that name is kept until then. Memory does
 * not grow with what is written, but for the ids that reading a table takes.
 *
 * A table that changes while it is read is read again, three times in all; what the last reading
 * found is kept, marked as not consistent.
 *
 * @throws NotFoundError for a table that is not there, ChatlayerError when one cannot be read, the
 *   StorageError when the disk is full, and the reason of an abort; no archive is left
 */
export async function createBackup(options: BackupOptions): Promise<BackupReport> {
  const startedAt = performance.now()
  const { client, file, signal, createdBy } = options
  const createdAt = new Date().toISOString()
  const chosen = choose(await client.tables.list({ signal }), options)
  await using archive = await ArchiveFile.create(file)
  const backup = new Backup(options, archive, chosen)
  const tables: TableFacts[] = []
  for (const [index, table] of chosen.entries()) tables.push(await backup.take(index, table))
  const { origin, teamId, botId } = client.connection
  const all = tables.flatMap(({ records }) => records)
  const consistent = all.every((entry) => entry.consistent)
  const manifest: Manifest = {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    createdAt,
    createdBy,
    source: { origin, teamId, botId },
    consistent,
    tables,
  }
  await archive.add(MANIFEST_PATH, [manifestText(manifest)])
  signal?.throwIfAborted()
  await archive.finish()
  return {
    file,
    createdAt,
    bytes: archive.size,
    records: all.reduce((sum, { records }) => sum + records, 0),
    consistent,
    tables: tables.flatMap(({ name, records }) => records.map((facts) => asReported(name, facts))),
    elapsedMs: Math.round(performance.now() - startedAt),
  }
}

function asReported(
  table: string,
  { version, records, consistent, oddValues }: RecordsFacts,
): BackedUpTable {
  return { table, version, records, consistent, oddValues }
}

class Backup {
  readonly #options: BackupOptions
  readonly #archive: ArchiveFile
  readonly #total: number
  #done = 0

  constructor(options: BackupOptions, archive: ArchiveFile, chosen: readonly ChosenTable[]) {
    this.#options = options
    this.#archive = archive
    this.#total = chosen.reduce((sum, { versions }) => sum + versions.length, 0)
  }

  /** A table's definition and records. Both are read again when its columns change meanwhile. */
  async take(index: number, { table: { id, name }, versions }: ChosenTable): Promise<TableFacts> {
    const { client, signal } = this.#options
    const stem = tableStem(index, name)
    const mark = this.#archive.mark()
    const done = this.#done
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      this.#done = done
      const table = await client.table(id).definition({ signal })
      const definition = definitionOf(table)
      const text = manifestText(definition)
      const facts = await this.#archive.add(definitionPath(stem), [text])
      const records: RecordsFacts[] = []
      for (const version of versions) {
        records.push(await this.#takeRecords(recordsPath(stem, version), table, version))
        this.#done++
      }
      const now = (await client.tables.list({ signal })).find((listed) => listed.id === id)
      if (now === undefined) throw new NotFoundError(`the table "${name}" is gone`)
      if (manifestText(definitionOf(now)) === text) {
        return { id, name: definition.name, definition: facts, records }
      }
      await this.#archive.rewind(mark)
    }
    throw new TableChangedError(`the columns of the table "${name}" kept changing`, {
      hint: 'Back up again when its columns are not being changed.',
    })
  }

  /** The records of one version, read again until they are those of one moment. */
  async #takeRecords(path: string, table: Table, version: Version): Promise<RecordsFacts> {
    const { client, signal, onChanged, pauseMs = PAUSE_MS } = this.#options
    const handle = client.table(table.id, { version })
    for (let attempt = 1; ; attempt++) {
      const mark = this.#archive.mark()
      const reading = new Reading(table, version)
      const readFrom = new Date().toISOString()
      const file = await this.#archive.add(path, this.#lines(handle, reading))
      const { records, oddValues, changed } = reading
      const consistent = changed === undefined
      const isLast = attempt === ATTEMPTS
      if (!consistent) {
        onChanged?.({ table: table.name, version, attempt, isLast, error: changed })
      }
      if (consistent || isLast) {
        const readTo = new Date().toISOString()
        return { ...file, version, records, consistent, oddValues, readFrom, readTo }
      }
      await this.#archive.rewind(mark)
      await sleep(attempt * pauseMs, undefined, { signal })
    }
  }

  async *#lines(handle: TableHandle, reading: Reading): AsyncGenerator<string, void, undefined> {
    const { signal, onProgress } = this.#options
    const { table, version } = reading
    const [done, total] = [this.#done, this.#total]
    const countOdd = oddValueCounter(table.columns)
    try {
      for await (const page of handle.records({}, { signal }).pages()) {
        yield page.map(recordLine).join('')
        reading.records += page.length
        for (const { values } of page) reading.oddValues += countOdd(values)
        onProgress?.({ table: table.name, version, records: reading.records, done, total })
      }
    } catch (error) {
      if (!(error instanceof TableChangedError)) throw error
      reading.changed = error
    }
  }
}

/** One reading of a table and its result. */
class Reading {
  readonly table: Table
  readonly version: Version
  records = 0
  oddValues = 0
  /** Why the reading is not known to be consistent. */
  changed: TableChangedError | undefined

  constructor(table: Table, version: Version) {
    this.table = table
    this.version = version
  }
}

/**
 * The tables that are wanted, in the bot's order, each once.
 *
 * @throws NotFoundError naming all that are not there, InvalidInputError for a name that several have
 */
function choose(
  tables: readonly Table[],
  { tables: choices, versions }: Pick<BackupOptions, 'tables' | 'versions'>,
): ChosenTable[] {
  if (choices === undefined) return tables.map((table) => ({ table, versions }))
  const wanted = new Map<Table, Set<Version>>()
  const missing: string[] = []
  for (const choice of choices) {
    const table = pick(tables, choice)
    if (table === undefined) missing.push(choice.table)
    else {
      const own = wanted.get(table) ?? new Set()
      for (const version of choice.version === undefined ? versions : [choice.version]) {
        own.add(version)
      }
      wanted.set(table, own)
    }
  }
  if (missing.length > 0) throw notThere(missing, tables)
  return tables.flatMap((table) => {
    const own = wanted.get(table)
    return own === undefined ? [] : [{ table, versions: [...own].toSorted() }]
  })
}

function pick(tables: readonly Table[], { table: nameOrId }: TableChoice): Table | undefined {
  const named = tables.filter(({ name }) => name === nameOrId)
  if (named.length > 1) {
    throw new InvalidInputError(`${named.length} tables are named "${nameOrId}"`, {
      field: 'tables',
      hint: `Use the id of one: ${named.map(({ id }) => id).join(', ')}.`,
    })
  }
  return named[0] ?? tables.find(({ id }) => id === nameOrId)
}

function notThere(missing: readonly string[], tables: readonly Table[]): NotFoundError {
  const names = tables.map(({ name }) => name)
  const near = missing.flatMap((name) => nearest(name, names) ?? [])
  const said = missing.map((name) => `"${name}"`).join(', ')
  return new NotFoundError(`the bot has no table ${said}`, {
    ...(near.length > 0
      ? { hint: `Did you mean ${near.map((name) => `"${name}"`).join(', ')}?` }
      : { situation: { code: 'TABLE_NOT_FOUND' } satisfies TransferSituation }),
  })
}
