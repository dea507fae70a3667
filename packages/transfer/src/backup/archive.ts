/** A backup that is read. Nothing of it is ever unpacked under a name that it gives. */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import { InvalidInputError, type TableRecord } from '@chatlayer-tables/core'
import { decode, fileBytes, readNdjson, ZipArchive, ZipError } from '@chatlayer-tables/files'
import {
  Definition,
  type FileFacts,
  FORMAT_VERSION,
  MANIFEST_PATH,
  MAX_FILES,
  Manifest,
  type RecordsFacts,
  type TableFacts,
} from './manifest.ts'
import { readRecord } from './record-line.ts'

/** Size limit of a definition, which is held in memory, in bytes. */
const MAX_DEFINITION = 64 * 1024 * 1024
/** Size limit of a manifest in bytes; ten thousand tables take less. */
const MAX_MANIFEST = 16 * 1024 * 1024

/** A problem of a backup, and its place: the archive, a file of it or a line. */
export interface BackupProblem {
  readonly place: string
  readonly reason: string
}

/** A table of a backup. */
export interface ArchivedTable extends TableFacts {
  readonly columns: Definition['columns']
  readonly description: string
}

/** The archive as a whole, as problems name it. */
export const ARCHIVE = 'the archive'

/** The content of a backup differs from its manifest. */
export class BackupDamage extends InvalidInputError {
  readonly problem: BackupProblem

  constructor(place: string, reason: string) {
    super(`${place}: ${reason}`, { hint: 'Use another copy, or an earlier backup.' })
    this.problem = { place, reason }
  }
}

export class BackupArchive implements AsyncDisposable {
  readonly name: string
  readonly size: number
  /** Milliseconds since 1970. */
  readonly mtimeMs: number
  readonly file: FileHandle
  readonly #zip: ZipArchive
  readonly manifest: Manifest

  private constructor(parts: {
    name: string
    size: number
    mtimeMs: number
    file: FileHandle
    zip: ZipArchive
    manifest: Manifest
  }) {
    this.name = parts.name
    this.size = parts.size
    this.mtimeMs = parts.mtimeMs
    this.file = parts.file
    this.#zip = parts.zip
    this.manifest = parts.manifest
  }

  /**
   * Opens a backup and reads its manifest. That the rest is as the manifest says shows only when it
   * is read.
   *
   * @throws InvalidInputError when there is no such file, or it is not a readable backup
   */
  static async open(path: string): Promise<BackupArchive> {
    const name = basename(path)
    const file = await openFile(path)
    try {
      const { size, mtimeMs } = await file.stat()
      const zip = await ZipArchive.open(fileBytes(file, size), { maxEntries: MAX_FILES })
      const archive = { name, size, mtimeMs, file, zip }
      return new BackupArchive({ ...archive, manifest: await readManifest(zip, name) })
    } catch (error) {
      await file.close()
      if (!(error instanceof ZipError)) throw cannotRead(error, name)
      throw new InvalidInputError(`${name} is not a readable backup: ${error.message}`, {
        hint: 'Use another copy.',
      })
    }
  }

  /**
   * Names that the archive has and should not have, or lacks; whether its parts are separate.
   */
  checkNames(): BackupProblem[] {
    const expected = new Set([MANIFEST_PATH])
    const problems: BackupProblem[] = []
    for (const { definition, records } of this.manifest.tables) {
      for (const { path } of [definition, ...records]) expected.add(path)
    }
    const seen = new Set<string>()
    for (const name of this.#zip.names) {
      if (seen.has(name))
        problems.push({ place: name, reason: 'it appears in the archive more than once' })
      else if (!expected.has(name)) {
        const reason = 'the manifest names no such file, and no part of a backup has this name'
        problems.push({ place: name, reason })
      }
      seen.add(name)
    }
    for (const path of expected) {
      if (!seen.has(path)) problems.push({ place: path, reason: 'it is not in the archive' })
    }
    if (!this.#zip.areApart) {
      problems.push({ place: ARCHIVE, reason: 'some of its parts overlap' })
    }
    return problems
  }

  /** @throws InvalidInputError when its definition is not what the manifest says, naming the place */
  async table(facts: TableFacts): Promise<ArchivedTable> {
    const { definition, id, name } = facts
    const { path } = definition
    const parsed = Definition.safeParse(parseJsonText(await this.#text(definition), path))
    if (!parsed.success) throw new BackupDamage(path, issueOf(parsed.error))
    if (parsed.data.id !== id || parsed.data.name !== name) {
      throw new BackupDamage(path, `it is the definition of another table than "${name}"`)
    }
    return { ...facts, columns: parsed.data.columns, description: parsed.data.description }
  }

  /**
   * The records of a table in one version, with their line numbers.
   *
   * @throws InvalidInputError naming the place where they are not what the manifest and the
   *   definition say; what the file is as a whole shows behind the last record
   */
  async *records(
    { columns }: ArchivedTable,
    facts: RecordsFacts,
  ): AsyncGenerator<{ line: number; record: TableRecord }, void, undefined> {
    const texts = decode(this.#bytes(facts), { label: 'utf-8', mark: 0 }, facts.path)
    let records = 0
    for await (const { line, object } of readNdjson(texts, facts.path)) {
      records++
      yield { line, record: readRecord(object, columns, `${facts.path}, line ${line}`) }
    }
    if (records === facts.records) return
    throw new BackupDamage(
      facts.path,
      `it holds ${records} records; the manifest states ${facts.records}`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file.close()
  }

  async #text(facts: FileFacts): Promise<string> {
    const chunks: Buffer[] = []
    if (facts.bytes > MAX_DEFINITION) throw new BackupDamage(facts.path, 'it is too large')
    for await (const chunk of this.#bytes(facts)) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }

  /** The bytes of a file. Checks its size first and its hash at the end. */
  async *#bytes({ path, bytes, sha256 }: FileFacts): AsyncGenerator<Buffer, void, undefined> {
    const size = this.#zip.sizeOf(path)
    if (size === undefined) throw new BackupDamage(path, 'it is not in the archive')
    if (size !== bytes) {
      throw new BackupDamage(path, `it has ${size} bytes; the manifest states ${bytes}`)
    }
    const hash = createHash('sha256')
    try {
      for await (const chunk of this.#zip.read(path)) {
        hash.update(chunk)
        yield chunk
      }
    } catch (error) {
      if (error instanceof ZipError) throw new BackupDamage(path, error.message)
      throw error
    }
    if (hash.digest('hex') !== sha256) {
      throw new BackupDamage(path, 'its content is not what the manifest says (SHA-256)')
    }
  }
}

/** @throws InvalidInputError when there is no such file, or it cannot be read */
export async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path)
  } catch (error) {
    throw cannotRead(error, basename(path))
  }
}

async function readManifest(zip: ZipArchive, name: string): Promise<Manifest> {
  const size = zip.sizeOf(MANIFEST_PATH)
  if (size === undefined)
    throw new BackupDamage(name, `it is not a backup: ${MANIFEST_PATH} is not in it`)
  if (size > MAX_MANIFEST) throw new BackupDamage(MANIFEST_PATH, 'it is too large')
  const chunks: Buffer[] = []
  for await (const chunk of zip.read(MANIFEST_PATH)) chunks.push(chunk)
  const value = parseJsonText(Buffer.concat(chunks).toString(), MANIFEST_PATH)
  const version = formatVersionOf(value)
  if (version !== undefined && version > FORMAT_VERSION) {
    throw new InvalidInputError(
      `${name} was made by a newer release (format ${version}, this one reads ${FORMAT_VERSION})`,
      { hint: 'Update chatlayer-tables.' },
    )
  }
  const parsed = Manifest.safeParse(value)
  if (parsed.success) return parsed.data
  throw new BackupDamage(MANIFEST_PATH, issueOf(parsed.error))
}

function formatVersionOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('formatVersion' in value)) return undefined
  return typeof value.formatVersion === 'number' ? value.formatVersion : undefined
}

function parseJsonText(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BackupDamage(path, 'it is not JSON')
  }
}

interface Issues {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]
}

function issueOf({ issues: [issue] }: Issues): string {
  return `invalid at ${issue?.path.map(String).join('.') || 'its top'}: ${issue?.message ?? ''}`
}

function cannotRead(error: unknown, name: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return new InvalidInputError(`cannot read ${name}: there is no such file`)
  if (code === 'EISDIR') return new InvalidInputError(`cannot read ${name}: it is a folder`)
  if (code === 'EACCES')
    return new InvalidInputError(`cannot read ${name}: reading it is not allowed`)
  return error
}

/** The manifest of a backup, with the columns of its tables. Records are not read. */
export async function readBackup(
  path: string,
): Promise<{ manifest: Manifest; tables: readonly ArchivedTable[] }> {
  await using archive = await BackupArchive.open(path)
  const tables: ArchivedTable[] = []
  for (const table of archive.manifest.tables) tables.push(await archive.table(table))
  return { manifest: archive.manifest, tables }
}
