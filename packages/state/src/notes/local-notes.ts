/**
 * Notes in files of the state folder, readable by its owner alone. The time of a file's last change is
 * set to when its note expires.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createPrivateFile,
  ensurePrivateFolder,
  readSmallFile,
  takeLock,
  tryLock,
  writePrivateFile,
} from '@chatlayer-tables/local'
import { hashOf } from './hash.ts'
import { MAX_NOTE_BYTES, MAX_NOTES, type NoteKind, type Notes, secondsOf } from './notes.ts'

/** A new file may not have its time yet. */
const GRACE_MS = 1_000
/** Timers cannot wait for longer than about 24 days. */
const MAX_TIMER_MS = 2_000_000_000
const LOCK = '.lock'

export class LocalNotes implements Notes {
  readonly #folder: string
  readonly #prefix: string
  readonly #maxNotes: number

  /**
   * @param folder the state folder
   * @param maxNotes of one kind and owner
   */
  constructor(folder: string, kind: NoteKind, owner: string, maxNotes = MAX_NOTES) {
    this.#folder = join(folder, 'notes', kind)
    this.#maxNotes = maxNotes
    this.#prefix = `${hashOf(owner).slice(0, 16)}-`
  }

  async add(key: string, text: string, seconds: number): Promise<boolean> {
    const path = this.#path(key)
    ensurePrivateFolder(this.#folder)
    const until = untilOf(seconds)
    if (createPrivateFile(path)) {
      fill(path, text)
      await utimes(path, until, until)
      await this.#tidy()
      return true
    }
    if (await isKept(path)) return false
    // Two that find an expired one must not both replace it.
    using _lock = await takeLock(join(this.#folder, LOCK))
    if (await isKept(path)) return false
    await this.#write(path, text, until)
    return true
  }

  async put(key: string, text: string, seconds: number): Promise<void> {
    const path = this.#path(key)
    await this.#write(path, text, untilOf(seconds))
    await this.#tidy()
    const ms = secondsOf(seconds) * 1_000
    if (ms < MAX_TIMER_MS) setTimeout(() => void removeExpired(path), ms + GRACE_MS).unref()
  }

  async get(key: string): Promise<string | undefined> {
    return await read(this.#path(key))
  }

  async list(keys?: readonly string[]): Promise<string[]> {
    const paths = keys?.map((key) => this.#path(key)) ?? (await this.#paths())
    const texts = await Promise.all(paths.map(read))
    return texts.filter((text) => text !== undefined)
  }

  async remove(key: string): Promise<void> {
    await rm(this.#path(key), { force: true })
  }

  async clear(): Promise<void> {
    await Promise.all((await this.#paths()).map((path) => rm(path, { force: true })))
  }

  #path(key: string): string {
    return join(this.#folder, `${this.#prefix}${hashOf(key)}`)
  }

  async #paths(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => [])
    return names
      .filter((name) => name.startsWith(this.#prefix))
      .map((name) => join(this.#folder, name))
  }

  async #write(path: string, text: string, until: Date): Promise<void> {
    await writePrivateFile(path, text)
    await utimes(path, until, until)
  }

  /** Deletes expired notes of all owners, and the ones of this owner that expire first if there are too many. */
  async #tidy(): Promise<void> {
    using lock = tryLock(join(this.#folder, LOCK))
    if (lock === undefined) return
    const names = (await readdir(this.#folder)).filter((name) => !name.startsWith('.'))
    const found = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#folder, name)
        const { mtimeMs = 0, size = 0 } = (await stat(path).catch(() => undefined)) ?? {}
        return { path, until: mtimeMs, size, isOwn: name.startsWith(this.#prefix) }
      }),
    )
    const oldest = Date.now() - GRACE_MS
    let [files, bytes] = [0, 0]
    for (const { path, until, size, isOwn } of found.sort((a, b) => b.until - a.until)) {
      if (isOwn) {
        files++
        bytes += size
      }
      const isTooMany = isOwn && (files > this.#maxNotes || bytes > MAX_NOTE_BYTES)
      if (until < oldest || isTooMany) await rm(path, { force: true })
    }
  }
}

function untilOf(seconds: number): Date {
  return new Date(Date.now() + secondsOf(seconds) * 1_000)
}

async function untilMsOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0
}

async function isKept(path: string): Promise<boolean> {
  return (await untilMsOf(path)) + GRACE_MS >= Date.now()
}

/** Of a note that has not expired. */
async function read(path: string): Promise<string | undefined> {
  if ((await untilMsOf(path)) < Date.now()) return undefined
  return await readSmallFile(path, { maxBytes: MAX_NOTE_BYTES }).catch(() => undefined)
}

/** Of a new file, whose mode is set. */
function fill(path: string, text: string): void {
  const file = openSync(path, 'r+')
  try {
    writeSync(file, text)
  } finally {
    closeSync(file)
  }
}

/** It may have been replaced since. */
async function removeExpired(path: string): Promise<void> {
  if ((await untilMsOf(path)) < Date.now()) await rm(path, { force: true }).catch(() => undefined)
}
