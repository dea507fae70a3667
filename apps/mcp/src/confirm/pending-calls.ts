/**
 * The arguments of calls that wait for a confirmation, by their token, so that the token alone confirms.
 * They are kept until the token expires, also after its use, so that a client that got no response can
 * repeat the call and learns how the first one ended. They are files in the state folder, readable by its owner alone, so that replicas that share the folder
 * find them; in memory if the folder cannot be written.
 */
import { createHash } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseJson, stringifyJson } from '@chatlayer-tables/core'
import { z } from 'zod'
import { stateFolderOf } from '../journal/write-journal.ts'
import type { Setup } from '../session.ts'
import { TOKEN_SECONDS } from './token.ts'

const Call = z.strictObject({
  /** Tool, connection and signed-in caller. */
  place: z.string(),
  /** In milliseconds since 1970. */
  until: z.int(),
  args: z.record(z.string(), z.unknown()),
})
export type PendingCall = z.infer<typeof Call>

/** Larger calls are not kept: they are confirmed by repeating them. */
const MAX_CALL_BYTES = 1_000_000
const MAX_FILES = 400
const MAX_FOLDER_BYTES = 50_000_000
const MAX_IN_MEMORY = 20

export class PendingCalls {
  readonly #folder: () => Promise<string>
  readonly #onError: (error: unknown) => void
  readonly #inMemory = new Map<string, string>()
  readonly #claimed = new Map<string, number>()

  /** @param folder of this server's files; called when needed */
  constructor(folder: () => Promise<string>, onError: (error: unknown) => void) {
    this.#folder = folder
    this.#onError = onError
  }

  /** Keeps a call until it expires. @returns false for one that is too large */
  async keep(token: string, call: PendingCall): Promise<boolean> {
    const text = stringifyJson(call)
    if (Buffer.byteLength(text) > MAX_CALL_BYTES) return false
    try {
      const { writePrivateFile } = await import('@chatlayer-tables/local')
      const folder = await this.#path()
      await this.#tidy(folder)
      const path = join(folder, `${nameOf(token)}.json`)
      await writePrivateFile(path, text)
      const forget = () => void rm(path, { force: true }).catch(this.#onError)
      setTimeout(forget, TOKEN_SECONDS * 1_000).unref()
    } catch (error) {
      this.#onError(error)
      const [oldest] = this.#inMemory.keys()
      if (this.#inMemory.size >= MAX_IN_MEMORY && oldest !== undefined) {
        this.#inMemory.delete(oldest)
      }
      this.#inMemory.set(nameOf(token), text)
    }
    return true
  }

  /** The call of a token; undefined if this server has none, or no longer. */
  async find(token: string): Promise<PendingCall | undefined> {
    const text = this.#inMemory.get(nameOf(token)) ?? (await this.#read(token))
    if (text === undefined) return undefined
    try {
      const call = Call.parse(parseJson(text))
      return call.until >= Date.now() ? call : undefined
    } catch {
      return undefined
    }
  }

  /**
   * Marks something as done, for as long as a token is valid.
   *
   * @returns false if it was marked before, by this server or one that shares its folder
   */
  async claim(what: string): Promise<boolean> {
    const now = Date.now()
    for (const [name, until] of this.#claimed) if (until < now) this.#claimed.delete(name)
    const name = nameOf(what)
    if (this.#claimed.has(name)) return false
    this.#claimed.set(name, now + TOKEN_SECONDS * 1_000)
    try {
      const { createPrivateFile, ensurePrivateFolder } = await import('@chatlayer-tables/local')
      const folder = await this.#path()
      ensurePrivateFolder(folder)
      return createPrivateFile(join(folder, `${name}.done`))
    } catch (error) {
      this.#onError(error)
      return true
    }
  }

  /** Whether something was marked as done. */
  async isClaimed(what: string): Promise<boolean> {
    if ((this.#claimed.get(nameOf(what)) ?? 0) >= Date.now()) return true
    try {
      const { mtimeMs } = await stat(join(await this.#path(), `${nameOf(what)}.done`))
      return mtimeMs + TOKEN_SECONDS * 1_000 >= Date.now()
    } catch {
      return false
    }
  }

  async #path(): Promise<string> {
    return join(await this.#folder(), 'pending')
  }

  async #read(token: string): Promise<string | undefined> {
    try {
      const { readSmallFile } = await import('@chatlayer-tables/local')
      const path = join(await this.#path(), `${nameOf(token)}.json`)
      return await readSmallFile(path, { maxBytes: MAX_CALL_BYTES })
    } catch {
      return undefined
    }
  }

  /** Deletes expired files, and the oldest ones if there are too many. */
  async #tidy(folder: string): Promise<void> {
    const names = await readdir(folder).catch(() => [])
    const found = await Promise.all(
      names.map(async (name) => {
        const path = join(folder, name)
        const { mtimeMs = 0, size = 0 } = (await stat(path).catch(() => undefined)) ?? {}
        return { path, at: mtimeMs, size }
      }),
    )
    const oldest = Date.now() - TOKEN_SECONDS * 1_000
    let [files, bytes] = [0, 0]
    for (const { path, at, size } of found.sort((a, b) => b.at - a.at)) {
      files++
      bytes += size
      if (at < oldest || files >= MAX_FILES || bytes > MAX_FOLDER_BYTES) {
        await rm(path, { force: true })
      }
    }
  }
}

/** File names do not reveal tokens. */
function nameOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 32)
}

/** The pending calls of a server, in its state folder. */
export function pendingCalls(setup: Setup): PendingCalls {
  let isReported = false
  return new PendingCalls(
    () => stateFolderOf(setup),
    (error) => {
      if (isReported) return
      isReported = true
      const reason = error instanceof Error ? error.message : String(error)
      setup.log.warn(`calls that wait for a confirmation are kept in memory alone: ${reason}`)
    },
  )
}
