/** What a backup says of itself: `manifest.json`, and the definition of each table. */
import type { Table } from '@chatlayer-tables/core'
import { z } from 'zod'

export const FORMAT = 'chatlayer-tables backup'
/** Counted up when a reader of this release could not make sense of what is written then. */
export const FORMAT_VERSION = 1

export const MANIFEST_PATH = 'manifest.json'

const Count = z.int().min(0)
const Sha256 = z.string().regex(/^[\da-f]{64}$/)
/** Letters, digits and hyphens: safe in every file system, whatever the table is called. */
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
  /** Values that are none of their column's type, and values under a name that is no column's. */
  oddValues: Count,
  /** When the reading began and ended, ISO 8601. */
  readFrom: z.iso.datetime(),
  readTo: z.iso.datetime(),
})

const TableFacts = z.object({
  id: z.string(),
  name: z.string(),
  definition: FileFacts,
  records: z.array(RecordsFacts),
})

export const Manifest = z.object({
  format: z.literal(FORMAT),
  formatVersion: z.literal(FORMAT_VERSION),
  /** ISO 8601. */
  createdAt: z.iso.datetime(),
  /** The program and its release. */
  createdBy: z.string(),
  source: z.object({ origin: z.string(), teamId: z.string(), botId: z.string() }),
  /** Whether every table was taken as it stood at one time. */
  consistent: z.boolean(),
  tables: z.array(TableFacts),
})

export const Definition = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
})

export type Manifest = z.infer<typeof Manifest>
export type TableFacts = z.infer<typeof TableFacts>
export type RecordsFacts = z.infer<typeof RecordsFacts>
export type FileFacts = z.infer<typeof FileFacts>
export type Definition = z.infer<typeof Definition>

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
