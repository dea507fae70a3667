/** The manifest of a backup (`manifest.json`), and the definition of each table. */
import type { Table } from '@chatlayer-tables/core'
import { z } from 'zod'

export const FORMAT = 'chatlayer-tables backup'
/** Counted up when a reader of this release could not make sense of what is written then. */
export const FORMAT_VERSION = 1

export const MANIFEST_PATH = 'manifest.json'

/** Tables of one bot. A manifest with more is an attack, or too large for the memory. */
const MAX_TABLES = 10_000
/** PostgreSQL has at most 1,600. */
const MAX_COLUMNS = 2000
/** Characters of an id or a name. */
const MAX_NAME = 10_000

/** How many files an archive has at most: the manifest, and of each table its definition and records. */
export const MAX_FILES = 1 + MAX_TABLES * 3

const Count = z.int().min(0)
const Sha256 = z.string().regex(/^[\da-f]{64}$/)
/** Letters, digits and hyphens: safe in every file system, for any name of a table. */
const Path = z
  .string()
  .regex(/^(?:tables\/[a-z\d-]{1,80}|records\/[a-z\d-]{1,80}\.(?:draft|live))\.(?:nd)?json$/)

/** One file of the archive. */
const FileFacts = z.object({
  path: Path,
  /** Not packed. */
  bytes: Count,
  sha256: Sha256,
})

/** The records of one table in one version. */
const RecordsFacts = FileFacts.extend({
  version: z.enum(['DRAFT', 'LIVE']),
  records: Count,
  /** False where the table kept changing while it was read: some records may lack. */
  consistent: z.boolean(),
  /** Values that are not of their column's type, and values under a name that is not a column. */
  oddValues: Count,
  /** When the reading began and ended, ISO 8601. */
  readFrom: z.iso.datetime(),
  readTo: z.iso.datetime(),
})

const Name = z.string().max(MAX_NAME)

const TableFacts = z.object({
  id: Name,
  name: Name,
  definition: FileFacts,
  records: z.array(RecordsFacts).max(2),
})

/** Checked before the items, as there may be very many. */
const TableList = z
  .array(z.unknown())
  .max(MAX_TABLES, { abort: true })
  .pipe(z.array(TableFacts))
  .superRefine((tables, context) => {
    const twice = firstTwice(tables)
    if (twice !== undefined) context.addIssue({ code: 'custom', message: twice })
  })

export const Manifest = z.object({
  format: z.literal(FORMAT),
  formatVersion: z.literal(FORMAT_VERSION),
  /** ISO 8601. */
  createdAt: z.iso.datetime(),
  /** The program and its release. */
  createdBy: z.string(),
  source: z.object({ origin: z.string(), teamId: z.string(), botId: z.string() }),
  /** Whether every table was read as it was at one moment. */
  consistent: z.boolean(),
  tables: TableList,
})

export const Definition = z.object({
  id: Name,
  name: Name,
  description: z.string(),
  columns: z
    .array(z.object({ name: Name, type: Name }))
    .max(MAX_COLUMNS)
    .superRefine((columns, context) => {
      const twice = firstRepeated(columns.map(({ name }) => name))
      if (twice === undefined) return
      context.addIssue({ code: 'custom', message: `two columns are named "${twice}"` })
    }),
})

export type Manifest = z.infer<typeof Manifest>
export type TableFacts = z.infer<typeof TableFacts>
export type RecordsFacts = z.infer<typeof RecordsFacts>
export type FileFacts = z.infer<typeof FileFacts>
export type Definition = z.infer<typeof Definition>

/** What a manifest lists twice, in words. */
function firstTwice(tables: readonly TableFacts[]): string | undefined {
  const id = firstRepeated(tables.map((table) => table.id))
  if (id !== undefined) return `the table with the id "${id}" is in it twice`
  const files = tables.flatMap(({ definition, records }) => [definition, ...records])
  const path = firstRepeated(files.map((file) => file.path))
  return path === undefined ? undefined : `${path} is in it twice`
}

function firstRepeated(texts: readonly string[]): string | undefined {
  const seen = new Set<string>()
  return texts.find((text) => seen.size === seen.add(text).size)
}

export function definitionOf({ id, name, description, columns }: Table): Definition {
  return {
    id,
    name,
    description: description ?? '',
    columns: columns.map((column) => ({ name: column.name, type: column.type })),
  }
}

export function manifestText(manifest: Manifest | Definition): string {
  return `${JSON.stringify(manifest, null, 2)}\n`
}
