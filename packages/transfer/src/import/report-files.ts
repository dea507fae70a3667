/** The files beside an import's input, written anew from what the job knows at the end of each run. */
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { finished } from 'node:stream/promises'
import { asStorageError } from '@chatlayer-tables/local'
import { csvHeader, csvLine } from '../sink/csv.ts'
import type { Cell } from '../values/write-cell.ts'
import type { ImportFiles, RowProblem } from './import-types.ts'

/** A row that is not well, as the job keeps it. */
export interface KeptProblem {
  readonly problem: RowProblem
  readonly cells: readonly Cell[]
}

/**
 * Writes those of the three files that have rows. Each takes its name when it is whole; one that an
 * earlier run of the job left and that has no rows any more is removed.
 *
 * @param name of the input: `stores.csv` gives `stores.rejected.csv` and so on
 * @throws StorageError when a file cannot be written; none is left in part
 */
export async function writeReportFiles(
  { folder, name }: { folder: string; name: string },
  header: readonly Cell[],
  problems: Iterable<KeptProblem>,
  before: ImportFiles | undefined,
): Promise<ImportFiles> {
  const path = (suffix: string): string => join(folder, `${stemOf(name)}.${suffix}`)
  const head = csvHeader(header)
  const files = {
    rejected: new LazyFile(path('rejected.csv'), head),
    errors: new LazyFile(path('errors.ndjson'), ''),
    unknown: new LazyFile(path('unknown.csv'), head),
  }
  try {
    for (const { problem, cells } of problems) {
      if (problem.outcome !== 'stored') await files[problem.outcome].write(csvLine(cells))
      await files.errors.write(`${JSON.stringify(problem)}\n`)
    }
    const written = {
      rejected: await files.rejected.close(),
      errors: await files.errors.close(),
      unknown: await files.unknown.close(),
    }
    for (const kind of ['rejected', 'errors', 'unknown'] as const) {
      const stale = before?.[kind]
      if (stale !== undefined && written[kind] === undefined) await rm(stale, { force: true })
    }
    return written
  } catch (error) {
    await Promise.all(Object.values(files).map((file) => file.discard()))
    throw asStorageError(error, folder)
  }
}

/** `stores.csv.gz` is called `stores`, as `stores.csv` is. */
function stemOf(name: string): string {
  const plain = basename(name, '.gz')
  return basename(plain, extname(plain)) || plain
}

/** A text file that comes to be with the first write, in place of an older one of its name. */
class LazyFile {
  readonly #path: string
  readonly #partial: string
  readonly #head: string
  #stream: WriteStream | undefined
  #failure: Error | undefined

  constructor(path: string, head: string) {
    this.#path = path
    this.#partial = `${path}.${process.pid}.partial`
    this.#head = head
  }

  async write(text: string): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#stream === undefined) {
      this.#stream = createWriteStream(this.#partial)
      this.#stream.on('error', (error) => {
        this.#failure = error
      })
      this.#stream.write(this.#head)
    }
    if (!this.#stream.write(text)) await once(this.#stream, 'drain')
  }

  /** @returns where the file is, undefined when nothing was written */
  async close(): Promise<string | undefined> {
    if (this.#stream === undefined) return undefined
    this.#stream.end()
    if (this.#failure !== undefined) throw this.#failure
    await finished(this.#stream)
    await rename(this.#partial, this.#path)
    return this.#path
  }

  async discard(): Promise<void> {
    if (this.#stream === undefined) return
    this.#stream.destroy()
    await rm(this.#partial, { force: true })
  }
}
