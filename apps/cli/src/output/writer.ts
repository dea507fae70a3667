import { styleText } from 'node:util'
import { OutputClosed } from '../failures.ts'
import type { TextOutput } from '../io.ts'
import { printable, printableLines } from '../printable.ts'
import { type Piece, piecesOf, type Text } from './styled.ts'

/**
 * One of the two streams that a run writes to, and the only way to it: waits while the stream is full,
 * knows what it can show, and writes nothing to a terminal that the terminal would act on, whatever the
 * source of the text. A stream that is no terminal gets every byte as it is.
 */
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
  async write(text: Text | Uint8Array): Promise<void> {
    if (text instanceof Uint8Array) {
      return this.#send(this.isTerminal ? printableLines(Buffer.from(text).toString()) : text)
    }
    await this.#send(this.isTerminal ? this.#shown(text) : text.toString())
  }

  /** Shows a line in place of the one that the cursor is in; nothing where it is no terminal. */
  async replaceLine(text: string): Promise<void> {
    if (!this.isTerminal) return
    await this.#send(`${CLEAR_LINE}${printable(text).slice(0, this.width - 1)}`)
  }

  /**
   * The terminal itself, for a library that draws on it. Text that it is given has to be printable:
   * it is written as it is.
   */
  forDrawing(): TextOutput {
    return this.#stream
  }

  #shown(text: Text): string {
    return piecesOf(text)
      .map((piece) => this.#withStyle(piece))
      .join('')
  }

  #withStyle({ text, style }: Piece): string {
    const shown = printableLines(text)
    if (style === undefined || !this.#colours) return shown
    return styleText(style, shown, { validateStream: false })
  }

  async #send(text: string | Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#stream.write(text, (error) => {
      if (error == null) return resolve()
      const gone = isGone('code' in error ? error.code : undefined, this.isTerminal)
      if (gone && !this.#closingMatters) return resolve()
      reject(gone ? new OutputClosed() : error)
    })
    await promise
  }
}

const CLEAR_LINE = '\r\u001b[K'

/** Windows says EOF of a pipe that nobody reads; a terminal that was closed answers EIO. */
function isGone(code: unknown, isTerminal: boolean): boolean {
  return (
    code === 'EPIPE' ||
    code === 'EOF' ||
    code === 'ERR_STREAM_DESTROYED' ||
    (code === 'EIO' && isTerminal)
  )
}
