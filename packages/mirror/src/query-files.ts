import { AttachedFile } from './attached.ts'
import { SqlError } from './errors.ts'
import type { QueryOptions } from './query-types.ts'

/** The further tables of one query; their file is deleted with it. */
export class QueryFiles {
  readonly #folder: string
  file: AttachedFile | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  /** @returns the names under which files were loaded, by path */
  async load(
    references: readonly { readonly path: string }[],
    { attached = [], openFile, signal }: QueryOptions,
  ): Promise<Map<string, string>> {
    const names = new Map<string, string>()
    for (const table of attached) {
      const rows = typeof table === 'function' ? await table() : table
      this.file ??= new AttachedFile(this.#folder)
      await this.file.load(rows, signal)
    }
    for (const path of new Set(references.map((reference) => reference.path))) {
      if (openFile === undefined) {
        throw new SqlError('this program cannot read files in SQL', { kind: 'refused' })
      }
      const rows = await openFile(path)
      this.file ??= new AttachedFile(this.#folder)
      const { name } = await this.file.load({ ...rows, name: path }, signal)
      names.set(path, name)
    }
    return names
  }

  [Symbol.dispose](): void {
    this.file?.[Symbol.dispose]()
  }
}
