/** Files that nobody but their owner can read, at any moment of their life. */
import { randomUUID } from 'node:crypto'
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const OWNER_ONLY_FILE = 0o600
const OWNER_ONLY_FOLDER = 0o700

/** Whole or not at all: whoever reads meanwhile finds what was there before. */
export async function writePrivateFile(file: string, content: string): Promise<void> {
  const folder = dirname(file)
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER })
  // It may have been made by others, or with wider rights.
  await chmod(folder, OWNER_ONLY_FOLDER)
  const unfinished = join(folder, `.${randomUUID()}.tmp`)
  try {
    await using handle = await open(unfinished, 'wx', OWNER_ONLY_FILE)
    await handle.writeFile(content)
    await handle.sync()
    await handle.close()
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

/** @returns undefined where there is no such file */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
