/**
 * The tool calls of clients of the older protocol that are in flight. Such a client cancels a call with
 * a request of its own, which another replica may receive. Replicas that share a state folder keep a file
 * there for each call that writes: who cancels the call deletes the file, and the replica with the call
 * sees that.
 */
import { createHash, randomBytes } from 'node:crypto'
import { access, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '../logger.ts'

/** A caller's call: no caller can cancel a call of another one. */
export interface CallKey {
  readonly principal: string | undefined
  /** Issued to the client when it connected. */
  readonly session: string
  readonly id: string | number
}

export interface CallInFlight extends Disposable {
  /** Aborts when the call is cancelled. */
  readonly signal: AbortSignal
}

const CHECK_EVERY_MS = 200
/** Files of processes that were killed are deleted after this time. */
const MAX_AGE_MS = 86_400_000
const FOLDER = 'calls'

export class CallsInFlight {
  readonly #stateFolder: () => Promise<string>
  readonly #log: Logger
  readonly #calls = new Map<string, Set<AbortController>>()
  #tidiedAt = Number.NEGATIVE_INFINITY

  /** @param stateFolder may throw: then replicas cannot cancel each other's calls */
  constructor(stateFolder: () => Promise<string>, log: Logger) {
    this.#stateFolder = stateFolder
    this.#log = log
  }

  /** @param writes whether replicas that share the state folder can cancel it too */
  open(key: CallKey, writes: boolean): CallInFlight {
    const name = nameOf(key)
    const controller = new AbortController()
    const equal = this.#calls.get(name) ?? new Set()
    this.#calls.set(name, equal.add(controller))
    const ended = new AbortController()
    if (writes) void this.#watch(name, controller, ended.signal)
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        ended.abort()
        equal.delete(controller)
        if (equal.size === 0) this.#calls.delete(name)
      },
    }
  }

  /** Cancels the call wherever it is, if it is still in flight. */
  async cancel(key: CallKey): Promise<void> {
    const name = nameOf(key)
    const here = this.#calls.get(name)
    if (here !== undefined) {
      for (const controller of here) abort(controller)
      return
    }
    try {
      const folder = join(await this.#stateFolder(), FOLDER)
      const files = await readdir(folder).catch(() => [])
      const wanted = files.filter((file) => file.startsWith(`${name}.`))
      await Promise.all(wanted.map((file) => rm(join(folder, file), { force: true })))
    } catch (error) {
      this.#report(error)
    }
  }

  /** Keeps the file of a call while it is in flight, and cancels the call when another replica deletes it. */
  async #watch(name: string, controller: AbortController, ended: AbortSignal): Promise<void> {
    try {
      const { createPrivateFile, ensurePrivateFolder } = await import('@chatlayer-tables/local')
      const folder = join(await this.#stateFolder(), FOLDER)
      ensurePrivateFolder(folder)
      await this.#tidy(folder)
      if (ended.aborted) return
      const path = join(folder, `${name}.${randomBytes(6).toString('hex')}`)
      createPrivateFile(path)
      const timer = setInterval(() => {
        access(path).catch(() => abort(controller))
      }, CHECK_EVERY_MS).unref()
      const stop = (): void => {
        clearInterval(timer)
        rm(path, { force: true }).catch((error) => this.#report(error))
      }
      ended.addEventListener('abort', stop, { once: true })
    } catch (error) {
      this.#report(error)
    }
  }

  async #tidy(folder: string): Promise<void> {
    if (performance.now() - this.#tidiedAt < MAX_AGE_MS / 24) return
    this.#tidiedAt = performance.now()
    for (const file of await readdir(folder)) {
      const path = join(folder, file)
      const { mtimeMs = Date.now() } = (await stat(path).catch(() => undefined)) ?? {}
      if (Date.now() - mtimeMs > MAX_AGE_MS) await rm(path, { force: true })
    }
  }

  #report(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#log.debug(`calls in flight are known to this process alone: ${reason}`)
  }
}

function abort(controller: AbortController): void {
  controller.abort(new DOMException('The client cancelled the call.', 'AbortError'))
}

/** File names reveal neither callers nor sessions. */
function nameOf({ principal, session, id }: CallKey): string {
  const text = JSON.stringify([principal ?? null, session, id])
  return createHash('sha256').update(text).digest('hex').slice(0, 40)
}
