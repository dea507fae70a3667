/** Shows output that is longer than the screen in a pager, such as less. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import type { Io, TextOutput } from '../io.ts'

type Env = Io['env']

/** Lines of the screen that the shell's prompt needs. */
const PROMPT_LINES = 1

export interface PagerOptions {
  readonly command: string
  readonly env: Env
  readonly onOpen: () => void
  /** Called when the user closes the pager before the output has ended. */
  readonly onClosed: () => void
}

/** The pager to use: `PAGER`, otherwise less or more if this machine has it. */
export function pagerCommand(env: Env, platform = process.platform): string | undefined {
  if (env.TERM === 'dumb') return undefined
  if (env.PAGER !== undefined) return /^\s*(cat\s*)?$/.test(env.PAGER) ? undefined : env.PAGER
  if (platform === 'win32') return 'more.com'
  return ['less', 'more'].find((name) => isInPath(name, env))
}

/**
 * The program of a pager that this machine does not have. Undefined also where only the shell knows
 * what it starts, as for a path in quotes or a variable.
 */
export function missingPager(
  command: string,
  env: Env,
  platform = process.platform,
): string | undefined {
  const [, word] = /^\s*([\w./+-]+)(?=\s|$)/.exec(command) ?? []
  if (word === undefined || platform === 'win32' || BUILT_IN.has(word)) return undefined
  return (word.includes('/') ? existsSync(word) : isInPath(word, env)) ? undefined : word
}

/** Words of the shell that start the program after them. */
const BUILT_IN = new Set(['exec', 'command', 'eval'])

function isInPath(name: string, env: Env): boolean {
  return (env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))
}

/** Holds what is written until it exceeds the screen, then starts the pager and passes it all on. */
export class Pager {
  readonly stream: TextOutput
  readonly #terminal: TextOutput
  readonly #options: PagerOptions
  #held = ''
  #lines = 0
  #child: ChildProcess | undefined
  #exited: Promise<unknown> | undefined
  #isEnding = false

  constructor(terminal: TextOutput, options: PagerOptions) {
    this.#terminal = terminal
    this.#options = options
    const write = (text: string, done: Done): void => this.#write(text, done)
    this.stream = new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => write(String(chunk), done),
    })
  }

  /** Waits until the user has closed the pager, or writes what fits on the screen. */
  async end(): Promise<void> {
    this.#isEnding = true
    if (this.#child === undefined) {
      if (this.#held !== '') await writeTo(this.#terminal, this.#held)
      this.#held = ''
      return
    }
    this.#child.stdin?.end()
    await this.#exited
    this.#child = undefined
  }

  #write(text: string, done: Done): void {
    if (this.#child !== undefined) {
      this.#child.stdin?.write(text, done)
      return
    }
    this.#held += text
    this.#lines += this.#linesOf(text)
    const { rows = 24 } = this.#terminal
    if (this.#lines <= rows - PROMPT_LINES) {
      done()
      return
    }
    const child = this.#start()
    child.stdin?.write(this.#held, done)
    this.#held = ''
  }

  /** The lines of the screen that a text takes. */
  #linesOf(text: string): number {
    const { columns = 80 } = this.#terminal
    return text
      .split('\n')
      .slice(0, -1)
      .reduce((sum, line) => {
        const width = stringWidth(stripVTControlCharacters(line))
        return sum + Math.max(1, Math.ceil(width / columns))
      }, 0)
  }

  #start(): ChildProcess {
    const { command, env, onOpen, onClosed } = this.#options
    onOpen()
    const child = spawn(command, {
      shell: true,
      stdio: ['pipe', 'inherit', 'inherit'],
      // Like git: less passes colors on, ends by itself after one screen, and leaves the text there.
      env: { ...env, LESS: env.LESS ?? 'FRX', LV: env.LV ?? '-c' },
    })
    // A write that fails reports the error.
    child.stdin.on('error', () => undefined)
    const closed = (): void => {
      if (!this.#isEnding) onClosed()
    }
    this.#exited = once(child, 'close').then(closed, closed)
    this.#child = child
    return child
  }
}

type Done = (error?: Error | null) => void

/** Waits for the text to be written. A closed terminal is no error here. */
function writeTo(stream: TextOutput, text: string): Promise<void> {
  return new Promise((resolve) => stream.write(text, () => resolve()))
}
