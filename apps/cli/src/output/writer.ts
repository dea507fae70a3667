import { styleText } from 'node:util'
import { OutputClosed } from '../failures.ts'
import type { TextOutput } from '../io.ts'
import { printable, printableLines } from '../printable.ts'
import { type Piece, piecesOf, type Text } from './styled.ts'

/** How rows are laid out on a terminal. */
export interface View {
  /** Whether lines may be longer than the terminal is wide. */
  readonly wide: boolean
  /** Whether rows are written one below the other. */
  readonly vertical: boolean
}

const USUAL_VIEW: View = { wide: false, vertical: false }
const USUAL_WIDTH = 80
const USUAL_HEIGHT = 24

/**
 * The only way to write to stdout and stderr. Waits while the stream is full, uses colors only if it
 * supports them, and never writes control characters from data to a terminal. A stream that is not a
 * terminal receives every byte unchanged.
 */
export class Writer {
  #stream: TextOutput
  readonly #colours: boolean
  readonly #columns: number
  #closingMatters = true
  /** Whether the stream is a terminal. */
  readonly isTerminal: boolean
  /** Width in terminal columns; infinity if no line is to be cut. */
  readonly width: number
  /** Lines of the terminal. */
  readonly height: number
  readonly view: View

  constructor(
    stream: TextOutput,
    env: Readonly<Record<string, string | undefined>>,
    view: View = USUAL_VIEW,
  ) {
    this.#stream = stream
    this.isTerminal = stream.isTTY === true
    // Some terminals report a size of zero.
    this.#columns = stream.columns || USUAL_WIDTH
    this.width = view.wide ? Number.POSITIVE_INFINITY : this.#columns
    this.height = stream.rows || USUAL_HEIGHT
    this.view = view
    this.#colours = this.isTerminal && !env.NO_COLOR && env.TERM !== 'dumb'
    // The failing write reports the error; without a listener the process would end.
    stream.on('error', () => undefined)
  }

  /** Sends what follows to another stream, which shows it on this terminal. */
  redirect(stream: TextOutput): void {
    stream.on('error', () => undefined)
    this.#stream = stream
  }

  /** Ignores a closed reader from now on. */
  surviveClosing(): void {
    this.#closingMatters = false
  }

  /** @throws OutputClosed if the reader has closed the stream; otherwise the system error */
  async write(text: Text | Uint8Array): Promise<void> {
    if (text instanceof Uint8Array) {
      return this.#send(this.isTerminal ? printableLines(Buffer.from(text).toString()) : text)
    }
    await this.#send(this.isTerminal ? this.#shown(text) : text.toString())
  }

  /** Replaces the current line of a terminal; does nothing on other streams. */
  async replaceLine(text: string): Promise<void> {
    if (!this.isTerminal) return
    await this.#send(`${CLEAR_LINE}${printable(text).slice(0, this.#columns - 1)}`)
  }

  /**
   * The stream itself, for a library that draws on a terminal. Its text must be printable: it is
   * written unchanged.
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

/** Whether the reader has closed the stream. Windows reports EOF for a pipe, a closed terminal EIO. */
function isGone(code: unknown, isTerminal: boolean): boolean {
  return (
    code === 'EPIPE' ||
    code === 'EOF' ||
    code === 'ERR_STREAM_DESTROYED' ||
    (code === 'EIO' && isTerminal)
  )
}
