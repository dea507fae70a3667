import { describeFailure, detailsOf, type Failure } from '../failures.ts'
import { printable } from '../printable.ts'
import { rich, styled, type Text } from './styled.ts'
import type { Writer } from './writer.ts'

/**
 * Writes everything that is not data to stderr: notes, progress and errors. Each is one line, without
 * control characters and secrets.
 *
 * Under --quiet only errors and questions are written. Other messages than notes may explain an error:
 * they are kept, and written if one follows, before a question, or if the command fails.
 */
export class Messages {
  readonly #writer: Writer
  readonly #quiet: boolean
  readonly #secrets: string[] = []
  #lineIsOpen = false
  #held: Text[] | undefined
  readonly #unsaid: string[] = []
  readonly isVerbose: boolean
  /** Whether the command has an option; hints of libraries may name others. */
  hasOption: (flag: string) => boolean = () => true

  /** @param verbose whether {@link detail} prints */
  constructor(writer: Writer, quiet: boolean, verbose = false) {
    this.#writer = writer
    this.#quiet = quiet
    this.isVerbose = verbose
  }

  get isTerminal(): boolean {
    return this.#writer.isTerminal
  }

  /** Width of the terminal. */
  get width(): number {
    return this.#writer.width
  }

  /** Keeps the following messages, since a pager is about to have the screen. */
  hold(): void {
    this.#held ??= []
  }

  /** Writes the kept messages. */
  async release(): Promise<void> {
    const held = this.#held ?? []
    this.#held = undefined
    for (const text of held) await this.#put(text)
  }

  /** Hides a secret in all later messages, as a whole and its password alone. */
  hide(secret: string | undefined): void {
    if (secret === undefined || secret === '') return
    const [, password] = /^[^:]*:(.{8,})$/s.exec(secret) ?? []
    this.#secrets.push(secret, ...(password === undefined ? [] : [password]))
  }

  /** Writes useful information; does nothing under --quiet. */
  async note(text: string): Promise<void> {
    if (!this.#quiet) await this.#line('', text)
  }

  /** Writes a warning, or a message about something that went wrong; under --quiet only with an error. */
  async say(text: string): Promise<void> {
    if (this.#quiet) this.#unsaid.push(text)
    else await this.#line('', text)
  }

  /** Writes the messages that --quiet kept back. Call before a question, and when a command has failed. */
  async sayKept(): Promise<void> {
    for (const text of this.#unsaid.splice(0)) await this.#line('', text)
  }

  /** Writes a line only under --verbose. */
  async detail(text: string): Promise<void> {
    if (!this.isVerbose) return
    await this.clearLine()
    await this.#put(rich`${styled('dim', this.#clean(text))}\n`)
  }

  /** Shows a line that the next line replaces; only on a terminal and not under --quiet. */
  async updateLine(text: string): Promise<void> {
    if (this.#quiet || !this.isTerminal || this.#held !== undefined) return
    this.#lineIsOpen = true
    await this.#writer.replaceLine(this.#clean(text)).catch(() => undefined)
  }

  async clearLine(): Promise<void> {
    if (!this.#lineIsOpen || this.#held !== undefined) return
    this.#lineIsOpen = false
    await this.#writer.replaceLine('').catch(() => undefined)
  }

  async failure({ message, hint }: Omit<Failure, 'exit'>): Promise<void> {
    await this.sayKept()
    await this.#line(styled('red', 'error: '), message)
    const useful = hint === undefined ? '' : this.#withoutOthers(hint)
    if (useful !== '') await this.#line(styled('cyan', 'hint: '), useful)
  }

  /** Reports an error unless it needs no report. @param hint replaces the hint of the error */
  async error(error: unknown, hint?: string): Promise<Failure | undefined> {
    const failure = describeFailure(error)
    if (failure !== undefined) {
      await this.failure(hint === undefined ? failure : { ...failure, hint })
    }
    if (this.isVerbose) for (const line of detailsOf(error)) await this.detail(line)
    return failure
  }

  /** Omits sentences about options that this command does not have, unless they name a command. */
  #withoutOthers(hint: string): string {
    const isUseful = (sentence: string): boolean =>
      sentence.includes('clt ') ||
      (sentence.match(FLAG) ?? []).every((flag) => this.hasOption(flag))
    return hint
      .split(/(?<=[.;]) /)
      .filter(isUseful)
      .join(' ')
  }

  async #line(label: Text, text: string): Promise<void> {
    await this.clearLine()
    await this.#put(rich`${label}${this.#clean(text)}\n`)
  }

  /** A text without the secrets to hide. */
  redact(text: string): string {
    return this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, '[token]'), text)
  }

  #clean(text: string): string {
    return printable(this.redact(text))
  }

  /** Ignores a closed stderr. */
  async #put(text: Text): Promise<void> {
    if (this.#held !== undefined) return void this.#held.push(text)
    await this.#writer.write(text).catch(() => undefined)
  }
}

const FLAG = /(?<![\w-])--[a-z][a-z-]*/g
