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
    const options = {
      ...this.#options(fresh, signal),
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
  tables(fresh: Freshness, signal: AbortSignal): Promise<SqlTable[]> {
    return this.#mirrors.tables(this.#options(fresh, signal))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#mirrors.close()
    const opened = await Promise.allSettled(this.#connections.values())
    for (const connection of opened) {
      if (connection.status === 'fulfilled') await connection.value.client.close()
    }
  }

  #options(fresh: Freshness, signal: AbortSignal) {
    return {
      connect: (profile: string | undefined) => this.#connect(profile),
      fresh,
      signal,
      attached: this.#flags.attach.map((text) => this.#attached(text, signal)),
      openFile: (path: string) => openRows(path, signal),
    } satisfies QueryOptions
  }

  /** An attached file is read again for each query. */
  #attached(text: string, signal: AbortSignal): () => Promise<AttachedTable> {
    const { name, file } = readAttachment(text)
    return async () => ({ name, ...(await openRows(file, signal)) })
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
