/** The files beside an import's input, each made when its first row comes. */
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { parse as parsePath, resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import type { ChatlayerError } from '@chatlayer-tables/core'
import type { Cell } from './cells.ts'
import type { CsvRow } from './csv-read.ts'
import { csvText } from './csv-write.ts'
import type { ImportFiles } from './import-types.ts'

/** A text file that comes to be with the first write, in place of an older one of its name. */
class LazyFile {
  readonly #path: string
  readonly #head: string
  #stream: WriteStream | undefined
  #failure: Error | undefined

  constructor(path: string, head = '') {
    this.#path = path
    this.#head = head
  }

  async write(text: string): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#stream === undefined) {
      this.#stream = createWriteStream(this.#path)
      this.#stream.on('error', (error) => {
        this.#failure = error
      })
      this.#stream.write(this.#head)
    }
    if (this.#stream.write(text)) return
    await once(this.#stream, 'drain')
  }

  /** @returns where the file is, undefined when nothing was written */
  async close(): Promise<string | undefined> {
    if (this.#stream === undefined) return undefined
    if (this.#failure !== undefined) throw this.#failure
    this.#stream.end()
    await finished(this.#stream)
    return this.#path
  }
}

/** What was not written, as files that can be mended and imported again. */
export class ImportReports {
  readonly #rejected: LazyFile
  readonly #unknown: LazyFile
  readonly #unsent: LazyFile
  readonly #errors: LazyFile

  /** @param file the import's input: `stores.csv` gives `stores.rejected.csv` and so on, beside it */
  constructor(file: string, header: readonly Cell[]) {
    const { dir, name } = parsePath(resolve(file))
    const path = (suffix: string): string => resolve(dir, `${name}.${suffix}`)
    const head = csvText([header])
    this.#rejected = new LazyFile(path('rejected.csv'), head)
    this.#unknown = new LazyFile(path('unknown.csv'), head)
    this.#unsent = new LazyFile(path('unsent.csv'), head)
    this.#errors = new LazyFile(path('errors.ndjson'))
  }

  async rejected({ line, cells }: CsvRow, error: ChatlayerError): Promise<void> {
    await this.#rejected.write(csvText([cells]))
    await this.#errors.write(errorLine(line, 'rejected', error))
  }

  async unknown({ line, cells }: CsvRow, error: ChatlayerError, tried: readonly string[]) {
    await this.#unknown.write(csvText([cells]))
    await this.#errors.write(errorLine(line, 'unknown', error, tried))
  }

  async unsent({ cells }: CsvRow): Promise<void> {
    await this.#unsent.write(csvText([cells]))
  }

  async close(): Promise<ImportFiles> {
    return {
      rejected: await this.#rejected.close(),
      errors: await this.#errors.close(),
      unknown: await this.#unknown.close(),
      unsent: await this.#unsent.close(),
    }
  }
}

function errorLine(
  line: number,
  outcome: 'rejected' | 'unknown',
  error: ChatlayerError,
  tried?: readonly string[],
): string {
  const entry = {
    line,
    outcome,
    column: columnOf(error),
    code: error.code,
    reason: error.message,
    fix: error.hint,
    status: 'status' in error ? error.status : undefined,
    tried,
  }
  return `${JSON.stringify(entry)}\n`
}

/** Errors name the place as `values.<column>`, perhaps with a place inside a JSON value. */
function columnOf(error: ChatlayerError): string | undefined {
  const field = 'field' in error ? error.field : undefined
  return typeof field === 'string' && field.startsWith('values.') ? field.slice(7) : undefined
}
