/** A folder with a file for each of several names, so that two programs can save at the same time. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfThere, writeOwnFile } from './private-file.ts'
import { isProfileName } from './profile.ts'

const SUFFIX = '.json'

export class NamedFiles {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** All names, sorted. */
  async names(): Promise<string[]> {
    let files: string[]
    try {
      files = await readdir(this.#folder)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
      throw error
    }
    return files
      .filter((file) => file.endsWith(SUFFIX))
      .map((file) => file.slice(0, -SUFFIX.length))
      .filter(isProfileName)
      .toSorted()
  }

  path(name: string): string {
    return join(this.#folder, `${name}${SUFFIX}`)
  }

  /** @returns undefined if there is no such file. @throws as `readIfThere` does */
  async read(name: string): Promise<string | undefined> {
    return await readIfThere(this.path(name))
  }

  async write(name: string, content: string): Promise<void> {
    await writeOwnFile(this.path(name), content)
  }

  async remove(name: string): Promise<void> {
    await rm(this.path(name), { force: true })
  }
}
