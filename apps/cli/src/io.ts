/**
 * The inputs and outputs of a run, which tests can replace. Only `Writer` uses the two output streams,
 * see output/writer.ts; commands get the rest.
 */
import type { Readable, Writable } from 'node:stream'
import { onEndSignal } from './end-signals.ts'
import type { Keychain } from './profiles/keychain.ts'

/** A stream that may be a terminal. */
export type TextOutput = Writable & {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  /** The file descriptor of a stream of the process. */
  readonly fd?: number | undefined
}

export type TextInput = Readable & { readonly isTTY?: boolean | undefined }

export interface Io {
  readonly stdin: TextInput
  readonly stdout: TextOutput
  readonly stderr: TextOutput
  readonly env: Readonly<Record<string, string | undefined>>
  /** Default: the system's keychain. */
  readonly keychain?: Keychain
  /** Calls the listener at each end signal. Until `stop` is called, the signals do not end the process. */
  onInterrupt(listener: () => void): { stop(): void }
}

/** The part that commands get. */
export type Inputs = Omit<Io, 'stdout' | 'stderr'>

export function processIo(): Io {
  return {
    // Getters, since Node opens each stream on first access and help needs only one.
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
