/** Opens the tables and sources that a `chatlayer.yaml` names. */
import { dirname, resolve } from 'node:path'
import { Readable } from 'node:stream'
import type { Client, Column } from '@chatlayer-tables/core'
import { parseTableReference } from '@chatlayer-tables/core'
import { formatOfName } from '@chatlayer-tables/files'
import type { HttpSettings, Side } from '@chatlayer-tables/sources'
import type {
  OpenedSource,
  OpenedTable,
  PlannedSync,
  ProjectConnection,
  ProjectHost,
  SourceSpec,
} from '@chatlayer-tables/transfer/project'
import { openTableToRead, openTableToWrite } from '../connection.ts'
import type { Context } from '../context.ts'
import { openFile } from '../file-input.ts'
import type { ConnectionFlags, JournalFlags } from '../options/common.ts'
import type { LockFlags } from '../options/writing.ts'
import { isAddress, isFileThere, sideKind } from '../side-kind.ts'
import { asSource, connectionOf, openTableSide } from '../sides.ts'
import { lockTable } from '../table-locks.ts'

export interface HostOptions extends ConnectionFlags, JournalFlags, LockFlags {
  /** Name of `chatlayer.yaml`: paths in it are relative to its folder. */
  readonly file: string
  /** Whether nothing will be written. */
  readonly isPlan: boolean
  /** The folder to which paths are relative (default: that of the file). */
  readonly folder?: string | undefined
  /** Files that came with the project, by their absolute paths. */
  readonly carried?: ReadonlyMap<string, Uint8Array> | undefined
}

/** Requests and rows of a host since it was made. */
export interface HostStats {
  readonly sent: number
  /** Requests rejected by the rate limit. */
  readonly throttled: number
  /** Requests per second that the rate limits of its clients seem to allow; 0 while none was seen. */
  readonly pace: number
}

export class CommandHost implements ProjectHost {
  readonly #context: Context
  readonly #options: HostOptions
  readonly #clients = new Set<Client>()
  readonly #columns = new Map<string, readonly Column[]>()

  constructor(context: Context, options: HostOptions) {
    this.#context = context
    this.#options = options
  }

  async openTable(
    reference: string,
    purpose: 'read' | 'write',
    connection: ProjectConnection,
  ): Promise<OpenedTable> {
    const context = this.#context
    const { isPlan, wait } = this.#options
    const open = purpose === 'read' ? openTableToRead : openTableToWrite
    const flags = { ...this.#flagsFor(reference, connection), dryRun: isPlan }
    const side = await openTableSide(context, flags, reference, open)
    const { client } = side.open
    const table = await side.handle.definition({ signal: context.stop })
    this.#clients.add(client)
    this.#columns.set(keyOf({ connection: connectionOf(side.open), id: table.id }), table.columns)
    return {
      handle: side.handle,
      connection: connectionOf(side.open),
      lock: () => lockTable(context, { wait }, client, { table, version: side.handle.version }),
      close: async () => {
        this.#clients.delete(client)
        const { sent, throttled } = client.stats()
        this.#before.sent += sent
        this.#before.throttled += throttled
        await side.open[Symbol.asyncDispose]()
      },
    }
  }

  async openSource(spec: SourceSpec, connection: ProjectConnection): Promise<OpenedSource> {
    const { text, reading, query, http } = spec
    if (!this.#isTable(spec)) {
      const settings = Object.keys(http).length === 0 ? undefined : (http as HttpSettings)
      const path = this.#located(text)
      const carried = this.#options.carried?.get(path)
      if (carried !== undefined) return this.#openCarried(spec, carried)
      const { input, ...opened } = await openFile(
        this.#context,
        path,
        { query, http: settings },
        {},
      )
      return {
        source: { kind: 'file', input, reading, name: nameOf(spec, opened.address?.side) },
        close: async () => await opened[Symbol.asyncDispose](),
      }
    }
    const flags = this.#flagsFor(text, connection)
    const side = await openTableSide(this.#context, flags, text, openTableToRead)
    return {
      source: asSource(side),
      close: async () => await side.open[Symbol.asyncDispose](),
    }
  }

  /** It is copied into the job, which may be resumed elsewhere. */
  #openCarried(spec: SourceSpec, content: Uint8Array): OpenedSource {
    const { reading, label } = spec
    const format = reading.format ?? formatOfName(spec.text)
    const read = async () => ({
      bytes: Readable.from([content]),
      format: format === undefined ? {} : { format },
      [Symbol.asyncDispose]: async () => undefined,
    })
    return { source: { kind: 'file', input: { name: label, read }, reading, name: label } }
  }

  #isTable({ kind, text }: SourceSpec): boolean {
    const isFile = (path: string): boolean => {
      const located = this.#located(path)
      return this.#options.carried?.has(located) === true || isFileThere(located)
    }
    return kind === 'table' || (kind === 'any' && sideKind(text, isFile) === 'table')
  }

  /** A path in the file is relative to the file, also that of a SQLite database. */
  #located(text: string): string {
    const folder = this.#options.folder ?? dirname(this.#options.file)
    const [, scheme = '', path = text] = /^(sqlite:(?!\/\/))(.*)$/i.exec(text) ?? []
    return isAddress(text) && scheme === '' ? text : `${scheme}${resolve(folder, path)}`
  }

  /** The columns of a table that was opened. */
  columnsOf({ connection, id }: PlannedSync['table']): readonly Column[] | undefined {
    return this.#columns.get(keyOf({ connection, id }))
  }

  readonly #before = { sent: 0, throttled: 0 }

  /** The number of requests rejected by the rate limit so far. */
  get throttled(): number {
    return this.stats().throttled
  }

  stats(): HostStats {
    const open = [...this.#clients].map((client) => client.stats())
    return open.reduce<HostStats>(
      (sum, { sent, throttled, pace = 0 }) => ({
        sent: sum.sent + sent,
        throttled: sum.throttled + throttled,
        pace: sum.pace + pace,
      }),
      { ...this.#before, pace: 0 },
    )
  }

  /** Flags take precedence over the file; a table that names its profile takes neither from it. */
  #flagsFor(reference: string, connection: ProjectConnection): ConnectionFlags {
    const { profile, region, baseUrl, team, bot, tokenFile, note, journal } = this.#options
    const own = withoutAbsent({ profile, region, baseUrl, team, bot, tokenFile, note, journal })
    if (parseTableReference(reference).profile !== undefined) return own
    const { region: ownRegion, baseUrl: ownUrl, ...rest } = connection
    const isElsewhere = region !== undefined || baseUrl !== undefined
    const gateway = isElsewhere ? {} : { region: ownRegion, baseUrl: ownUrl }
    return { ...withoutAbsent({ ...rest, ...gateway }), ...own }
  }
}

/**
 * The name of a source: of an opened side its own, which has no user, password and parameters. A path is
 * named as written, and so is what the environment adds to the address of an API: it may be a secret.
 */
function nameOf({ text, label }: SourceSpec, side: Side | undefined): string {
  if (side === undefined || side.kind === 'sqlite') return label
  const isFromEnvironment = side.kind === 'http' && label !== text
  return isFromEnvironment ? label.replace(/^(\w+:\/\/)[^/]*@|[?#].*$/gs, '$1') : side.name
}

/** The same without values that are undefined, which would hide others. */
export function withoutAbsent<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const present = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present) as { [K in keyof T]?: NonNullable<T[K]> }
}

function keyOf({ connection, id }: Pick<PlannedSync['table'], 'connection' | 'id'>): string {
  return JSON.stringify([connection.origin, connection.teamId, connection.botId, id])
}
