/** The schemas that queries can name, and the files of their mirrors. */
import { join } from 'node:path'
import type { Client, Table, Version } from '@chatlayer-tables/core'
import { botFolder, listTables } from './catalog.ts'
import {
  type BotSchema,
  type MirrorConnection,
  parseSchemaName,
  type QuerySchema,
  schemaName,
} from './query-names.ts'
import type { QueryOptions } from './query-types.ts'
import { shapesOf, type Visibility } from './shape.ts'
import { MirrorFile } from './store.ts'

export interface MirrorsOptions {
  /** Where the mirrors are kept; only the owner can read what is in it. */
  readonly folder: string
  /**
   * Which tables and columns are readable. Hidden ones are never stored in a mirror, so that no query
   * can read them. Mirrors of another `view` are separate: use one for each set of rules.
   */
  readonly visible?: Visibility | undefined
  /** Names the rules of `visible`. */
  readonly view?: string | undefined
  /** Memory of one query, in bytes (default: 512 MiB). */
  readonly maxMemory?: number | undefined
}

type ListOptions = Pick<QueryOptions, 'fresh' | 'signal'>

export class BotSchemas {
  readonly #options: MirrorsOptions
  readonly #files = new Map<string, MirrorFile>()

  constructor(options: MirrorsOptions) {
    this.#options = options
  }

  /** The schemas of the default connection, that of its version first. */
  async defaults(options: ListOptions & Pick<QueryOptions, 'connect'>): Promise<BotSchema[]> {
    const connection = await options.connect(undefined)
    if (connection === undefined) return []
    const tables = await this.#tables(connection.client, options)
    const versions: Version[] =
      connection.version === 'LIVE' ? ['LIVE', 'DRAFT'] : ['DRAFT', 'LIVE']
    return versions.map((version) =>
      this.#schema(schemaName(undefined, version), undefined, version, connection, tables),
    )
  }

  /** The schema of a profile; undefined where there is no such profile. */
  async ofProfile(name: string, options: QueryOptions): Promise<BotSchema | undefined> {
    const { profile, version: named } = parseSchemaName(name)
    const connection = await options.connect(profile)
    if (connection === undefined) return undefined
    const tables = await this.#tables(connection.client, options)
    return this.#schema(name, profile, named ?? connection.version, connection, tables)
  }

  /** The schema of a client's own tables. */
  async ofClient(connection: MirrorConnection, options: ListOptions): Promise<BotSchema> {
    const { client, version } = connection
    const tables = await this.#tables(client, options)
    return this.#schema(schemaName(undefined, version), undefined, version, connection, tables)
  }

  /** The path of a schema's file. */
  path(schema: QuerySchema): string {
    if (schema.kind === 'files') return schema.path
    const { visible, view = visible === undefined ? 'all' : 'some' } = this.#options
    const readable = view.replace(/[^\w-]/g, (sign) => `%${sign.codePointAt(0)?.toString(16)}`)
    return join(schema.folder, `${readable}.${schema.version.toLowerCase()}.db`)
  }

  file(schema: BotSchema): MirrorFile {
    const path = this.path(schema)
    let file = this.#files.get(path)
    if (file === undefined) {
      file = new MirrorFile(path)
      this.#files.set(path, file)
    }
    return file
  }

  close(): void {
    for (const file of this.#files.values()) file.close()
    this.#files.clear()
  }

  #tables(client: Client, { fresh = 'always', signal }: ListOptions): Promise<readonly Table[]> {
    return listTables(botFolder(this.#options.folder, client), client, fresh, signal)
  }

  #schema(
    name: string,
    profile: string | undefined,
    version: Version,
    connection: MirrorConnection,
    tables: readonly Table[],
  ): BotSchema {
    const folder = botFolder(this.#options.folder, connection.client)
    const shapes = shapesOf(tables, this.#options.visible)
    return { kind: 'bot', name, profile, version, connection, folder, tables, shapes }
  }
}
