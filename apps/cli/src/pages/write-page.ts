/** Writes a result as a page with its data inside, for `--html` and `--open`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OutputFile } from '@chatlayer-tables/files'
import { type EmbeddedData, type PageName, pageWithData } from '@chatlayer-tables/views'
import type { Context } from '../context.ts'
import { UsageError } from '../failures.ts'
import type { HtmlFlags } from '../options/html.ts'
import { formatBytes, plural } from '../output/progress.ts'
import { openFileInBrowser } from './open-browser.ts'
import { redactData } from './redact-data.ts'

/** Where a page goes. Opened before the command reads anything, so that it fails early. */
export class PageOutput implements AsyncDisposable {
  readonly #context: Context
  readonly #opens: boolean
  /** Undefined for stdout. */
  readonly #target: Target | undefined
  #isWritten = false

  private constructor(context: Context, opens: boolean, target: Target | undefined) {
    this.#context = context
    this.#opens = opens
    this.#target = target
  }

  /**
   * @returns undefined if no page is requested
   * @throws UsageError for options that contradict each other, InvalidInputError when no file can be
   *   written there, StorageError when the disk is full
   */
  static async create(
    context: Context,
    { html, open, ...others }: HtmlFlags & StdoutFlags,
  ): Promise<PageOutput | undefined> {
    if (html === undefined && !open) return undefined
    if (html !== '-') return new PageOutput(context, open, await openTarget(html))
    if (open) throw new UsageError('--open needs a file', 'Omit --html -, or name a file.')
    const other = STDOUT_FLAGS.find((name) => others[name])
    if (other !== undefined) {
      throw new UsageError(`--${other} and --html - both write to stdout`, 'Name a file.')
    }
    return new PageOutput(context, open, undefined)
  }

  /** Whether stdout is for the page alone. */
  get isStdout(): boolean {
    return this.#target === undefined
  }

  /** Writes the page, names its file on stderr, and opens it if requested. */
  async write(name: PageName, data: EmbeddedData): Promise<void> {
    const { messages, out, io } = this.#context
    const { data: clean, redacted } = redactData(data, (text) => messages.redact(text))
    const html = await pageWithData(name, clean)
    if (redacted > 0) {
      await messages.say(
        `warning: ${plural(redacted, 'text')} in the page contained a secret, replaced by [token]`,
      )
    }
    if (this.#target === undefined) return await out.write(html)
    const { file, path } = this.#target
    await save(file, html)
    this.#isWritten = true
    await messages.note(`wrote ${path} (${formatBytes(Buffer.byteLength(html))})`)
    if (!this.#opens || (await openFileInBrowser(path, io.env))) return
    await messages.say(`no browser was started; open ${path} yourself`)
  }

  /** Removes what is left of a page that was not written. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isWritten || this.#target === undefined) return
    const { file, folder } = this.#target
    await file.discard()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
}

/** Options whose output goes to stdout also with a page. */
const STDOUT_FLAGS = ['json', 'markdown', 'summary'] as const

type StdoutFlags = Readonly<Partial<Record<(typeof STDOUT_FLAGS)[number], boolean>>>

interface Target {
  readonly file: OutputFile
  readonly path: string
  /** A temporary folder that only this user can read. */
  readonly folder?: string
}

async function openTarget(path: string | undefined): Promise<Target> {
  if (path !== undefined) return { file: await OutputFile.create(path), path }
  const folder = await mkdtemp(join(tmpdir(), 'clt-page-'))
  const file = join(folder, 'page.html')
  return { file: await OutputFile.create(file), path: file, folder }
}

async function save(file: OutputFile, html: string): Promise<void> {
  try {
    file.stream.write(html)
    await file.keep()
  } catch (error) {
    throw file.reasonOf(error)
  }
}
