/** Runs the queries of one process: connections, mirrors and files. */

import { join } from 'node:path'
import { userStateFolder } from '@chatlayer-tables/local'
import {
  type AttachedTable,
  type Freshness,
  type Mirrors,
  openMirrors,
  type QueryOptions,
  type SqlTable,
} from '@chatlayer-tables/mirror'
import { type OpenTable, openTableToRead } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../failures.ts'
import { reportHidden } from '../../output/preview-output.ts'
import { formatCount, Progress } from '../../output/progress.ts'
import { checkSideOptions, optionsFor } from '../../side-options.ts'
import type { Options } from './definition.ts'
import { openRows } from './file-rows.ts'
import { namesParameters } from './names-parameters.ts'
import { readAttachment, readParameters } from './parameters.ts'
import { ResultOutput, reportFacts, showPlan } from './result-output.ts'

/** Default row limits, on a terminal and elsewhere. */
const TERMINAL_ROWS = 1_000
const PIPED_ROWS = 10_000_000
const PIPED_BYTES = 4 * 1024 * 1024 * 1024
const TIMEOUT_S = 30

export class SqlSession implements AsyncDisposable {
  readonly #context: Context
  readonly #flags: Options
  readonly #mirrors: Mirrors
  readonly #connections = new Map<string | undefined, Promise<OpenTable>>()

  constructor(context: Context, flags: Options) {
    this.#context = context
    this.#flags = flags
    this.#mirrors = openMirrors({ folder: join(folderOf(context), 'mirrors') })
  }

  /** Runs one query and shows its result. @param signal stops it */
  async run(sql: string, fresh: Freshness, signal: AbortSignal): Promise<void> {
    const { csv, explain, limit, timeout = TIMEOUT_S, param } = this.#flags
    const { json, out, messages } = this.#context
    const progress = new Progress(messages)
    await using copies = new Disposables()
    const options = {
      ...this.#options(fresh, signal, (copy) => copies.add(copy)),
      params: readParameters(param, namesParameters(sql)),
      onProgress: (table: string, records: number) =>
        progress.show(() => `reading "${table}": ${formatCount(records)} records`),
      limits: {
        maxRows: limit ?? (out.isTerminal ? TERMINAL_ROWS : PIPED_ROWS),
        maxBytes: PIPED_BYTES,
        timeMs: timeout * 1_000,
      },
    }
    if (explain) {
      const plan = await this.#mirrors.explain(sql, options)
      await progress.end()
      return showPlan(this.#context, plan)
    }
    const output = new ResultOutput(this.#context, json ? 'json' : csv ? 'csv' : 'rows')
    try {
      const facts = await this.#mirrors.each(sql, options, {
        columns: async (columns) => {
          await progress.end()
          output.columns(columns)
        },
        rows: (rows) => output.rows(rows),
      })
      await output.end()
      await this.#context.endPage()
      await reportHidden(messages, output.hidden)
      await reportFacts(this.#context, facts, output.count)
    } finally {
      await progress.end()
    }
  }

  /** The tables that queries can use. */
  async tables(fresh: Freshness, signal: AbortSignal): Promise<SqlTable[]> {
    await using copies = new Disposables()
    return await this.#mirrors.tables(this.#options(fresh, signal, (copy) => copies.add(copy)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#mirrors.close()
    const opened = await Promise.allSettled(this.#connections.values())
    for (const connection of opened) {
      if (connection.status === 'fulfilled') await connection.value.client.close()
    }
  }

  /** @param keep takes what is to be disposed of after the query */
  #options(fresh: Freshness, signal: AbortSignal, keep: Keep) {
    const attached = this.#flags.attach.map(readAttachment)
    const sides = attached.map(({ file }) => file)
    // Here, `query` is the query over all tables.
    const flags = { ...this.#flags, query: undefined }
    checkSideOptions(flags, sides)
    const openFile = (text: string) => {
      const options = sides.includes(text) ? optionsFor(text, flags, sides) : {}
      return openRows(this.#context, text, options, signal, keep)
    }
    return {
      connect: (profile: string | undefined) => this.#connect(profile),
      fresh,
      signal,
      // Read again for each query.
      attached: attached.map(({ name, file }) => async (): Promise<AttachedTable> => {
        return { name, ...(await openFile(file)) }
      }),
      openFile,
    } satisfies QueryOptions
  }

  #connect(profile: string | undefined): Promise<OpenTable> {
    let connection = this.#connections.get(profile)
    if (connection === undefined) {
      // Any table name will do: the reference only selects profile and version.
      const table = `${profile ?? ''}:tables`
      connection = openTableToRead(this.#context, { ...this.#flags, table }).catch((error) => {
        throw profile === undefined ? error : withoutTable(error)
      })
      this.#connections.set(profile, connection)
    }
    return connection
  }
}

type Keep = (disposable: AsyncDisposable) => void

/** Disposes of all that was added. */
class Disposables implements AsyncDisposable {
  readonly #all: AsyncDisposable[] = []

  add(disposable: AsyncDisposable): void {
    this.#all.push(disposable)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((each) => each[Symbol.asyncDispose]()))
  }
}

/** Removes advice about table names from the hint, since the user has not written one. */
function withoutTable(error: unknown): unknown {
  if (!(error instanceof UsageError)) return error
  const hint = error.hint?.replace(/ ?If "[\s\S]*$/, '')
  return new UsageError(error.message, hint === '' ? undefined : hint)
}

/** The state folder of our programs. */
export function folderOf({ io }: Pick<Context, 'io'>): string {
  return userStateFolder(io.env)
}
