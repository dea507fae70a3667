import { styleText } from 'node:util'
import { OutputClosed } from '../failures.ts'
import type { TextOutput } from '../io.ts'

/** One of the two streams that a run writes to: waits while it is full, and knows what it can show. */
export class Writer {
  readonly #stream: TextOutput
  readonly #colours: boolean
  #closingMatters = true
  /** Whether a person is looking. */
  readonly isTerminal: boolean
  /** In columns of a terminal. */
  readonly width: number

  constructor(stream: TextOutput, env: Readonly<Record<string, string | undefined>>) {
    this.#stream = stream
    this.isTerminal = stream.isTTY === true
    this.width = stream.columns ?? 80
    this.#colours = this.isTerminal && !env.NO_COLOR && env.TERM !== 'dumb'
    // Every failure is met by the write that it befalls; this keeps it from ending the process.
    stream.on('error', () => undefined)
  }

  /** From now on it is no failure when whoever read has gone away. */
  surviveClosing(): void {
    this.#closingMatters = false
  }

  /** @throws OutputClosed when whoever read has gone away; the system's error otherwise */
  async write(text: string | Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#stream.write(text, (error) => {
      if (error == null) return resolve()
      const gone = isGone('code' in error ? error.code : undefined, this.isTerminal)
      if (gone && !this.#closingMatters) return resolve()
      reject(gone ? new OutputClosed() : error)
    })
    await promise
  }

  /** The text in a style, where colours are shown. */
  style(format: Parameters<typeof styleText>[0], text: string): string {
    return this.#colours ? styleText(format, text, { validateStream: false }) : text
  }
}

/** Windows says EOF of a pipe that nobody reads; a terminal that was closed answers EIO. */
function isGone(code: unknown, isTerminal: boolean): boolean {
  return (
    code === 'EPIPE' ||
    code === 'EOF' ||
    code === 'ERR_STREAM_DESTROYED' ||
    (code === 'EIO' && isTerminal)
  )
}
