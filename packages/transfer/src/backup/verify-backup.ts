/** Reads a whole backup and reports everything that is wrong with it. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { looksUnchanged } from '../job/fingerprint.ts'
import {
  ARCHIVE,
  type ArchivedTable,
  BackupArchive,
  BackupDamage,
  type BackupProblem,
  openFile,
} from './archive.ts'
import { MANIFEST_PATH, type Manifest, type RecordsFacts, type TableFacts } from './manifest.ts'
import { oddValueCounter } from './record-line.ts'
import { readSeal, type SealReading } from './seal.ts'

export interface VerifyOptions {
  readonly file: string
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined
}

export interface VerifyProgress {
  /** Bytes hashed so far. */
  readonly bytes: number
  readonly totalBytes: number
  /** Records read after that. */
  readonly records: number
}

export interface VerifyReport {
  /** Empty when the backup is valid. */
  readonly problems: readonly BackupProblem[]
  /** Undefined where it cannot be read. */
  readonly manifest: Manifest | undefined
  /** Tables with a valid definition. */
  readonly tables: readonly ArchivedTable[]
  readonly records: number
  /** Archive size in bytes. */
  readonly size: number
  readonly mtimeMs: number
  readonly sha256: string
}

/**
 * Checks that the file is whole to the last byte, that it holds what its manifest says and nothing
 * else, and that every line is a record of its table. Memory does not grow with the archive.
 *
 * @throws InvalidInputError when there is no such file, and the reason of an abort; what is wrong
 *   with a file that exists is in the report
 */
export async function verifyBackup(options: VerifyOptions): Promise<VerifyReport> {
  const verification = new Verification(options)
  await verification.run()
  return verification.report()
}

class Verification {
  readonly #options: VerifyOptions
  readonly #problems: BackupProblem[] = []
  readonly #tables: ArchivedTable[] = []
  #manifest: Manifest | undefined
  #records = 0
  #file = { size: 0, mtimeMs: 0, sha256: '' }

  constructor(options: VerifyOptions) {
    this.#options = options
  }

  report(): VerifyReport {
    return {
      problems: this.#problems,
      manifest: this.#manifest,
      tables: this.#tables,
      records: this.#records,
      ...this.#file,
    }
  }

  async run(): Promise<void> {
    const { file: path } = this.#options
    this.#addAll(sealProblems(await this.#readSeal()))
    const archive = await this.#open()
    if (archive === undefined) return
    await using _ = archive
    this.#manifest = archive.manifest
    this.#addAll(archive.checkNames())
    for (const table of archive.manifest.tables) await this.#table(archive, table)
    this.#addAll(consistencyProblems(archive.manifest))
    if (!(await looksUnchanged(path, { ...this.#file }))) {
      this.#problems.push({ place: ARCHIVE, reason: 'it was changed while it was read' })
    }
  }

  async #readSeal(): Promise<SealReading['seal']> {
    const { file: path, signal } = this.#options
    const file = await openFile(path)
    try {
      const { size, mtimeMs } = await file.stat()
      const { seal, sha256 } = await readSeal(file, size, signal, (bytes) =>
        this.#report(bytes, size),
      )
      this.#file = { size, mtimeMs, sha256 }
      return seal
    } finally {
      await file.close()
    }
  }

  async #open(): Promise<BackupArchive | undefined> {
    try {
      return await BackupArchive.open(this.#options.file)
    } catch (error) {
      this.#add(ARCHIVE, error)
      return undefined
    }
  }

  async #table(archive: BackupArchive, facts: TableFacts): Promise<void> {
    let table: ArchivedTable
    try {
      table = await archive.table(facts)
    } catch (error) {
      this.#add(facts.definition.path, error)
      return
    }
    this.#tables.push(table)
    for (const records of facts.records) await this.#readRecords(archive, table, records)
  }

  async #readRecords(
    archive: BackupArchive,
    table: ArchivedTable,
    facts: RecordsFacts,
  ): Promise<void> {
    const { signal } = this.#options
    const countOdd = oddValueCounter(table.columns)
    let odd = 0
    try {
      for await (const { record } of archive.records(table, facts)) {
        signal?.throwIfAborted()
        odd += countOdd(record.values)
        this.#records++
        this.#report(this.#file.size, this.#file.size)
      }
    } catch (error) {
      this.#add(facts.path, error)
      return
    }
    if (odd === facts.oddValues) return
    const reason = `${odd} values of another type than their column; the manifest states ${facts.oddValues}`
    this.#problems.push({ place: facts.path, reason })
  }

  #addAll(problems: readonly BackupProblem[]): void {
    for (const problem of problems) this.#problems.push(problem)
  }

  /** @throws any error that is not a problem of the archive */
  #add(place: string, error: unknown): void {
    if (error instanceof BackupDamage) this.#problems.push(error.problem)
    else if (error instanceof InvalidInputError) this.#problems.push(asProblem(place, error))
    else throw error
  }

  #report(bytes: number, totalBytes: number): void {
    this.#options.onProgress?.({ bytes, totalBytes, records: this.#records })
  }
}

function sealProblems(seal: SealReading['seal']): BackupProblem[] {
  switch (seal) {
    case 'whole':
      return []
    case 'missing':
      return [
        {
          place: ARCHIVE,
          reason: 'its end is not that of a backup: it was cut off, extended or repacked',
        },
      ]
    case 'broken':
      return [
        {
          place: ARCHIVE,
          reason: 'its bytes have changed since it was written (SHA-256 at its end)',
        },
      ]
  }
}

/** Contradictions within a manifest. */
function consistencyProblems({ consistent, tables }: Manifest): BackupProblem[] {
  const reasons: string[] = []
  if (consistent !== tables.every(({ records }) => records.every((entry) => entry.consistent))) {
    reasons.push('the manifest and its tables disagree on whether it is consistent')
  }
  for (const { name, records } of tables) {
    for (const { path, version } of records) {
      if (!path.endsWith(`.${version.toLowerCase()}.ndjson`)) {
        reasons.push(`${path} is listed as ${version}`)
      }
    }
    if (new Set(records.map(({ version }) => version)).size < records.length) {
      reasons.push(`the table "${name}" has a version twice`)
    }
  }
  return reasons.map((reason) => ({ place: MANIFEST_PATH, reason }))
}

/** Errors of reading name the place first, where they know it better than we do. */
function asProblem(place: string, { message }: InvalidInputError): BackupProblem {
  const end = message.indexOf(': ')
  const named = message.slice(0, end)
  return end > 0 && named.startsWith(place)
    ? { place: named, reason: message.slice(end + 2) }
    : { place, reason: message }
}
