/** The prompt of `clt sql` on a terminal, with a history. */
import { chmodSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { ensurePrivateFolder, readSmallFileSync } from '@chatlayer-tables/local'
import { type SqlTable, statements, tokenize } from '@chatlayer-tables/mirror'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { Interrupted, UsageError } from '../../failures.ts'
import { rowSink } from '../../output/record-output.ts'
import type { Options } from './definition.ts'
import { parseFreshness } from './freshness.ts'
import { folderOf, type SqlSession } from './session.ts'

const PROMPT = 'sql> '
const MORE = '...> '
const MAX_HISTORY_LINES = 1_000
const MAX_HISTORY_BYTES = 10_000_000

const HELP = `A query ends with a semicolon, and may span several lines.

.tables             list the tables
.schema [table]     show columns and types
.fresh [when]       when to update tables: always, never, or if older than a time such as 5m
.help               show this help
.quit               quit; also Ctrl-D

Ctrl-C stops a running query, or clears the input.
`

/** Reads and runs queries and commands until the end of input. Reports errors and continues. */
export async function runPrompt(
  session: SqlSession,
  { fresh }: Pick<Options, 'fresh'>,
  context: Context,
): Promise<ExitCode> {
  const { io, out, stop } = context
  const history = new History(join(folderOf(context), 'sql-history'))
  const lines = createInterface({
    input: io.stdin,
    output: out.forDrawing(),
    terminal: out.isTerminal,
    prompt: PROMPT,
    history: history.read(),
    historySize: MAX_HISTORY_LINES,
    removeHistoryDuplicates: true,
  })
  lines.on('history', (kept: string[]) => history.write(kept))
  const prompt = new Prompt(session, context, lines, fresh)
  // At the end of input there may be lines left to run, but no more to prompt for.
  let isOpen = true
  lines.once('close', () => {
    isOpen = false
  })
  const ask = (): void => {
    if (!isOpen) return
    lines.setPrompt(prompt.isWriting ? MORE : PROMPT)
    lines.prompt()
  }
  const close = (): void => lines.close()
  stop.addEventListener('abort', close, { once: true })
  await context.messages.note('A query ends with a semicolon. .help shows help, .quit quits.')
  ask()
  try {
    for await (const line of lines) {
      if ((await prompt.take(line)) === 'quit') break
      if (stop.aborted) throw new Interrupted()
      ask()
    }
  } finally {
    stop.removeEventListener('abort', close)
    lines.close()
  }
  if (stop.aborted) throw new Interrupted()
  return EXIT.ok
}

class Prompt {
  readonly #session: SqlSession
  readonly #context: Context
  #written = ''
  #fresh: Options['fresh']
  #running: AbortController | undefined

  constructor(session: SqlSession, context: Context, lines: Interface, fresh: Options['fresh']) {
    this.#session = session
    this.#context = context
    this.#fresh = fresh
    lines.on('SIGINT', () => {
      if (this.#running !== undefined) return this.#running.abort(new Interrupted())
      this.#written = ''
      lines.setPrompt(PROMPT)
      lines.write(null, { ctrl: true, name: 'e' })
      lines.write(null, { ctrl: true, name: 'u' })
      lines.prompt()
    })
  }

  /** Whether a query is incomplete. */
  get isWriting(): boolean {
    return this.#written !== ''
  }

  async take(line: string): Promise<'quit' | undefined> {
    if (!this.isWriting && line.trim() === '') return undefined
    if (!this.isWriting && line.trim().startsWith('.')) return this.#command(line.trim())
    this.#written += this.isWriting ? `\n${line}` : line
    const tokens = tokenize(this.#written)
    if (tokens.at(-1)?.text !== ';') {
      if (tokens.length === 0) this.#written = ''
      return undefined
    }
    const sql = this.#written
    this.#written = ''
    if (statements(tokens).length > 0) {
      await this.#guarded((signal) => this.#session.run(sql, this.#fresh, signal))
    }
    return undefined
  }

  async #command(line: string): Promise<'quit' | undefined> {
    const [name = '', ...rest] = line.replace(/;$/, '').split(/\s+/)
    const argument = rest.join(' ')
    switch (name) {
      case '.quit':
      case '.exit':
        return 'quit'
      case '.help':
        await this.#context.out.write(HELP)
        return undefined
      case '.tables':
        await this.#guarded(async (signal) => this.#showTables(await this.#tables(signal)))
        return undefined
      case '.schema':
        await this.#guarded(async (signal) => {
          await this.#showSchema(await this.#tables(signal), argument)
        })
        return undefined
      case '.fresh':
        await this.#guarded(async () => {
          if (argument !== '') this.#fresh = freshness(argument)
          const shown = typeof this.#fresh === 'number' ? `${this.#fresh / 1000}s` : this.#fresh
          await this.#context.out.write(`${shown}\n`)
        })
        return undefined
      default:
        await this.#context.messages.error(
          new UsageError(`unknown command ${name}`, '.help lists the commands.'),
        )
        return undefined
    }
  }

  /** Each table once: DRAFT and LIVE have the same tables. */
  async #tables(signal: AbortSignal): Promise<SqlTable[]> {
    const tables = await this.#session.tables(this.#fresh, signal)
    return tables.filter(({ schema }) => schema === tables[0]?.schema)
  }

  async #showTables(tables: readonly SqlTable[]): Promise<void> {
    const rows = rowSink(this.#context.out, [{ name: 'table' }, { name: 'columns' }])
    for (const { name, columns } of tables) await rows.row([name, columns.length])
    await rows.end()
  }

  async #showSchema(tables: readonly SqlTable[], wanted: string): Promise<void> {
    const names = ['table', 'column', 'type']
    const rows = rowSink(
      this.#context.out,
      names.map((name) => ({ name })),
    )
    const shown = tables.filter(
      ({ name }) => wanted === '' || name.toLowerCase() === wanted.toLowerCase(),
    )
    if (shown.length === 0 && wanted !== '') throw new UsageError(`there is no table "${wanted}"`)
    for (const { name, columns } of shown) {
      for (const column of columns) await rows.row([name, column.name, column.type ?? null])
    }
    await rows.end()
  }

  /** Runs work. Reports an error or interruption without ending the prompt. */
  async #guarded(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const running = new AbortController()
    this.#running = running
    try {
      await work(AbortSignal.any([running.signal, this.#context.stop]))
    } catch (error) {
      if (this.#context.stop.aborted) throw error
      await this.#context.messages.error(running.signal.aborted ? running.signal.reason : error)
    } finally {
      this.#running = undefined
    }
  }
}

function freshness(text: string): Options['fresh'] {
  try {
    return parseFreshness(text)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** The history file, readable only by its owner. Errors are ignored: losing the history does no harm. */
class History {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  read(): string[] {
    try {
      const lines = readSmallFileSync(this.#path, { maxBytes: MAX_HISTORY_BYTES }).split('\n')
      return lines.filter((line) => line !== '').reverse()
    } catch {
      return []
    }
  }

  write(newestFirst: readonly string[]): void {
    try {
      ensurePrivateFolder(dirname(this.#path))
      const text = newestFirst.toReversed().join('\n')
      writeFileSync(this.#path, `${text}\n`, { mode: 0o600 })
      chmodSync(this.#path, 0o600)
    } catch {
      // The folder is not writable, or not private.
    }
  }
}
