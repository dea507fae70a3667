/** Syncs the write-ahead log to the disk. A thread of the system syncs, so that the process continues. */
import { closeSync, fdatasync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { syncFolder } from '@chatlayer-tables/local'

const sync = promisify(fdatasync)

export class LogSync {
  readonly #path: string
  /** The log's file, opened after the first commit, which creates it. */
  #file: number | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** Resolves once all that was committed before is on the disk. */
  sync(): Promise<void> {
    if (this.#file === undefined) {
      this.#file = openSync(this.#path, 'r+')
      syncFolder(dirname(this.#path))
    }
    return sync(this.#file)
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}
