/** The files beside an import's input, written again from what the job knows at the end of each run. */
import { createWriteStream, type WriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { finished } from 'node:stream/promises'
import {
  createRowWriter,
  type FileShape,
  FORMAT_FACTS,
  type KeptCell,
  Output,
  type RowWriter,
} from '@chatlayer-tables/files'
import { asStorageError } from '@chatlayer-tables/local'
import type { ImportFiles } from './import-types.ts'
import type { KeptProblem } from './kept-problem.ts'

/** Files that a run left, with the time of their last change. */
export type FileMarks = Readonly<Record<string, number>>

export interface ReportFiles {
  readonly files: ImportFiles
  readonly marks: FileMarks
}

/**
 * Writes those of the three files that have rows. Each takes its name when it is whole; one that an
 * earlier run of the job left and that has no rows any more is removed. A file that no run of the job
 * left, or that was changed since, stays: the new ones get a number then.
 *
 * @param name of the input: `stores.csv` gives `stores.rejected.csv` and so on
 * @param before what the last run of the job left
 * @throws StorageError when a file cannot be written; none is left in part
 */
export async function writeReportFiles(
  { folder, name }: { folder: string; name: string },
  shape: FileShape,
  problems: Iterable<KeptProblem>,
  before: FileMarks,
): Promise<ReportFiles> {
  const paths = await freePaths(folder, name, FORMAT_FACTS[shape.format].endings[0], before)
  const files = {
    rejected: new LazyFile(paths.rejected, (out) => createRowWriter(shape, out)),
    errors: new LazyFile(paths.errors, linesFile),
    unknown: new LazyFile(paths.unknown, (out) => createRowWriter(shape, out)),
  }
  try {
    for (const { problem, others, cells } of problems) {
      if (problem.outcome !== 'stored') await files[problem.outcome].row(cells)
      for (const each of [problem, ...others]) await files.errors.row([JSON.stringify(each)])
    }
    const written = {
      rejected: await files.rejected.close(),
      errors: await files.errors.close(),
      unknown: await files.unknown.close(),
    }
    const kept = Object.values(written).filter((path) => path !== undefined)
    for (const path of Object.keys(before)) {
      if (!kept.includes(path) && (await isAsLeft(path, before))) await rm(path, { force: true })
    }
    return { files: written, marks: await marksOf(kept) }
  } catch (error) {
    await Promise.all(Object.values(files).map((file) => file.discard()))
    throw asStorageError(error, folder)
  }
}

interface Paths {
  readonly rejected: string
  readonly errors: string
  readonly unknown: string
}

/** The paths with the first number, from that of the input's own name on, that are all free. */
async function freePaths(
  folder: string,
  name: string,
  extension: string,
  before: FileMarks,
): Promise<Paths> {
  const { stem, next } = stemOf(name)
  for (let number = next; ; number++) {
    const path = (kind: string, ending: string): string =>
      join(folder, `${stem}.${kind}${number === 1 ? '' : `-${number}`}.${ending}`)
    const paths = {
      rejected: path('rejected', extension),
      errors: path('errors', FORMAT_FACTS.ndjson.endings[0]),
      unknown: path('unknown', extension),
    }
    const free = await Promise.all(Object.values(paths).map((each) => isAsLeft(each, before)))
    if (free.every(Boolean)) return paths
  }
}

/** Whether a file is not there, or as the last run of the job left it. */
async function isAsLeft(path: string, before: FileMarks): Promise<boolean> {
  const there = await stat(path).catch(() => undefined)
  return there === undefined || there.mtimeMs === before[path]
}

async function marksOf(paths: readonly string[]): Promise<FileMarks> {
  const times = paths.map(async (path) => [path, (await stat(path)).mtimeMs] as const)
  return Object.fromEntries(await Promise.all(times))
}

/**
 * `stores.csv.gz` is called `stores`, as `stores.csv` is. So is `stores.rejected.csv`, which is some
 * rows of it: what is rejected of these goes to `stores.rejected-2.csv`.
 */
function stemOf(name: string): { stem: string; next: number } {
  const plain = basename(name, '.gz')
  const stem = basename(plain, extname(plain)) || plain
  const [whole, number = '1'] = /\.(?:rejected|unknown)(?:-(\d{1,6}))?$/.exec(stem) ?? []
  if (whole === undefined || whole === stem) return { stem, next: 1 }
  return { stem: stem.slice(0, -whole.length), next: Number(number) + 1 }
}

/** One line a row, which is a text already. */
function linesFile(out: Output): RowWriter {
  return {
    row: ([line]) => out.write(`${String(line)}\n`),
    end: async () => undefined,
  }
}

/** A file that is created with the first row. */
class LazyFile {
  readonly #path: string
  readonly #partial: string
  readonly #open: (out: Output) => RowWriter
  #opened: { readonly stream: WriteStream; readonly file: RowWriter } | undefined

  constructor(path: string, open: (out: Output) => RowWriter) {
    this.#path = path
    this.#partial = `${path}.${process.pid}.partial`
    this.#open = open
  }

  async row(cells: readonly KeptCell[]): Promise<void> {
    this.#opened ??= this.#create()
    await this.#opened.file.row(cells)
  }

  /** @returns where the file is, undefined when nothing was written */
  async close(): Promise<string | undefined> {
    if (this.#opened === undefined) return undefined
    const { stream, file } = this.#opened
    await file.end()
    stream.end()
    await finished(stream)
    await rename(this.#partial, this.#path)
    return this.#path
  }

  async discard(): Promise<void> {
    if (this.#opened === undefined) return
    this.#opened.stream.destroy()
    await rm(this.#partial, { force: true })
  }

  #create() {
    const stream = createWriteStream(this.#partial)
    // The next write reports the error; without a listener the process would end.
    stream.on('error', () => undefined)
    return { stream, file: this.#open(new Output(stream)) }
  }
}
