/** Finds files and SQLite databases that tables could be made equal to. */
import type { Dirent } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { openSource, type Source, type SourceCell } from '@chatlayer-tables/files'
import { READ_ENDINGS } from '@chatlayer-tables/files/formats'
import { openInput } from '@chatlayer-tables/transfer'
import type { Context } from '../../context.ts'
import { openAddress } from '../../side-inputs.ts'

export interface FoundSource {
  /** As it is written after `from:`. */
  readonly from: string | { readonly url: string }
  /** Of the file without its ending, or of the table. */
  readonly name: string
  /** Titles of the columns; blank ones are omitted. */
  readonly columns: readonly string[]
  /** The first rows, by column. */
  readonly rows: readonly ReadonlyMap<string, SourceCell>[]
}

/** Rows that are read of each source. */
const SAMPLE = 200
const MAX_SOURCES = 50
/** Folders are searched to this depth. */
const MAX_DEPTH = 2
/** Folders and files that are not data. */
const SKIPPED = /^(?:\..*|node_modules|dist|build|vendor|coverage)$/i
const SETTINGS = /(?:^|[/\\])(?:package|package-lock|tsconfig.*|composer|deno|.*\.schema)\.json$/i

const DATA_FILE = new RegExp(`^(.*)\\.(?:${READ_ENDINGS.join('|')})(?:\\.gz)?$`, 'i')
const DATABASE = /\.(?:db|sqlite|sqlite3)$/i
const SQLITE_HEADER = 'SQLite format 3\0'

/** A file that cannot be read as rows is not data of tables, and is skipped. */
export async function findSources(folder: string, context: Context): Promise<FoundSource[]> {
  const found: FoundSource[] = []
  for await (const path of filesBelow(folder, MAX_DEPTH)) {
    context.stop.throwIfAborted()
    if (found.length >= MAX_SOURCES) break
    const name = relative(folder, path).replaceAll('\\', '/')
    if (SETTINGS.test(path)) continue
    try {
      if (DATABASE.test(path)) found.push(...(await tablesOf(path, name, context)))
      else if (DATA_FILE.test(path)) found.push(await fileAt(path, name))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      await context.messages.note(`skipped ${name}: ${reason}`)
    }
  }
  return found.filter(({ columns, rows }) => columns.length > 0 && rows.length > 0)
}

async function* filesBelow(folder: string, depth: number): AsyncGenerator<string> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(
    ({ name }) => !SKIPPED.test(name),
  )
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  const isFile = (entry: Dirent): boolean => entry.isFile()
  for (const entry of entries.filter(isFile)) yield join(folder, entry.name)
  if (depth === 0) return
  for (const entry of entries.filter((each) => each.isDirectory())) {
    yield* filesBelow(join(folder, entry.name), depth - 1)
  }
}

async function fileAt(path: string, from: string): Promise<FoundSource> {
  const [, stem = from] = DATA_FILE.exec(from.split('/').at(-1) ?? from) ?? []
  return { from, name: stem, ...(await sampleOf(await openSource({ path }))) }
}

async function tablesOf(path: string, name: string, context: Context): Promise<FoundSource[]> {
  if (!(await isSqlite(path))) return []
  const names = await readRows(path, TABLES, context)
  const found: FoundSource[] = []
  for (const table of names.rows.map((row) => textOf(row.get('name')))) {
    if (table === undefined) continue
    const query = `select * from "${table.replaceAll('"', '""')}" limit ${SAMPLE}`
    const url = `sqlite:${name}#${encodeURIComponent(table)}`
    found.push({ from: { url }, name: table, ...(await readRows(path, query, context)) })
  }
  return found
}

const TABLES = `select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name limit ${MAX_SOURCES}`

async function isSqlite(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer } = await file.read({ length: SQLITE_HEADER.length, position: 0 })
    return buffer.toString('latin1', 0, SQLITE_HEADER.length) === SQLITE_HEADER
  } finally {
    await file.close()
  }
}

async function readRows(path: string, query: string, context: Context): Promise<Sample> {
  await using database = await openAddress(context, `sqlite:${path}`, { query })
  return await sampleOf(await openInput(database.input, {}, context.stop))
}

type Sample = Pick<FoundSource, 'columns' | 'rows'>

async function sampleOf(source: Source): Promise<Sample> {
  const rows: ReadonlyMap<string, SourceCell>[] = []
  try {
    const titles = source.header.map((title) => title ?? '')
    for await (const { cells } of source.rows) {
      const named = titles.map((title, index) => [title, cells[index] ?? null] as const)
      rows.push(new Map(named.filter(([title]) => title !== '')))
      if (rows.length === SAMPLE) break
    }
    return { columns: titles.filter((title) => title !== ''), rows }
  } finally {
    await source.close()
  }
}

function textOf(cell: SourceCell | undefined): string | undefined {
  if (typeof cell === 'string') return cell
  if (cell === null || cell === undefined || !('json' in cell)) return undefined
  return typeof cell.json === 'string' ? cell.json : undefined
}
