/**
 * Everything a run has from outside, so that tests can give their own. Its two output streams are for
 * `Writer` alone, see output/writer.ts: commands get the rest.
 */
import type { Readable, Writable } from 'node:stream'
import { onEndSignal } from './end-signals.ts'
import type { Keychain } from './profiles/keychain.ts'

/** A stream that may be a terminal. */
export type TextOutput = Writable & {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

export type TextInput = Readable & { readonly isTTY?: boolean | undefined }

export interface Io {
  readonly stdin: TextInput
  readonly stdout: TextOutput
  readonly stderr: TextOutput
  readonly env: Readonly<Record<string, string | undefined>>
  /** The system's own unless given. */
  readonly keychain?: Keychain
  /** Calls back at each Ctrl-C or request to end; the default, to end at once, is off until `stop` is called. */
  onInterrupt(listener: () => void): { stop(): void }
}

/** What commands have of it. */
export type Inputs = Omit<Io, 'stdout' | 'stderr'>

export function processIo(): Io {
  return {
    // Each is opened when it is first looked at; help needs but one.
    get stdin() {
      return process.stdin
    },
    get stdout() {
      return process.stdout
    },
    get stderr() {
      return process.stderr
    },
    env: process.env,
    onInterrupt: (listener) => onEndSignal(listener, process),
  }
}
