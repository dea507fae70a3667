/** Opens a text in the user's editor. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { UsageError } from '../../../failures.ts'

type Env = Readonly<Record<string, string | undefined>>

/** A file in a folder that only this user can read. */
export class EditedFile {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** @param name of the file, which editors show; characters that are special in a path are replaced */
  static async create(name: string, text: string): Promise<EditedFile> {
    const folder = await mkdtemp(join(tmpdir(), 'clt-edit-'))
    const path = join(folder, name.replace(/[^\p{L}\p{N}.@_-]/gu, '_'))
    await writeFile(path, text, { mode: 0o600 })
    return new EditedFile(path)
  }

  /** @returns the text after the editor has ended @throws UsageError if it cannot be run or fails */
  async edit(env: Env): Promise<string> {
    const editor = editorCommand(env)
    const quoted =
      process.platform === 'win32'
        ? `"${this.path}"`
        : `'${this.path.replaceAll("'", String.raw`'\''`)}'`
    const child = spawn(`${editor} ${quoted}`, { shell: true, stdio: 'inherit', env })
    const [code, signal]: (number | string | null)[] = await once(child, 'close')
    if (code === 0) return await readFile(this.path, 'utf8')
    const how = code === null ? `by signal ${signal}` : `with exit code ${code}`
    throw new UsageError(
      `the editor (${editor}) ended ${how}; nothing was changed`,
      'Set VISUAL or EDITOR to the command of an editor that waits until the file is closed.',
    )
  }

  async remove(): Promise<void> {
    await rm(dirname(this.path), { recursive: true, force: true })
  }
}

function editorCommand({ VISUAL, EDITOR }: Env): string {
  return VISUAL?.trim() || EDITOR?.trim() || (process.platform === 'win32' ? 'notepad' : 'vi')
}
