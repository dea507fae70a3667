/** A project against an emulator, in a folder of its own. */
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Client,
  createClient,
  parseTableReference,
  type Values,
  type Version,
  type WriteIntent,
} from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { JobStore } from '../src/index.ts'
import {
  type ApplyOptions,
  type ApplyReport,
  applyProject,
  type PlanProjectOptions,
  type Project,
  type ProjectHost,
  type ProjectPlan,
  parseProject,
  planProject,
} from '../src/project/index.ts'

export interface TestTable {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** An emulator with tables, a client and a store of jobs. */
export class ProjectSetup implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'transfer-project-'))
  readonly store = new JobStore(join(this.folder, 'jobs'))
  readonly emulator: Emulator
  /** All writes that were sent. */
  readonly intents: WriteIntent[] = []
  /** Called before each write is sent. */
  beforeWrite: (() => void) | undefined
  /** What files of the project hold, by their path. */
  readonly files = new Map<string, string>()
  readonly #client: Client

  private constructor(emulator: Emulator) {
    this.emulator = emulator
    const { url: baseUrl, token, teamId, botId } = emulator
    const before = (intent: WriteIntent): void => {
      this.intents.push(intent)
      this.beforeWrite?.()
    }
    this.#client = createClient({ baseUrl, token, teamId, botId, onWrite: { before, after() {} } })
  }

  static async start(tables: readonly TestTable[]): Promise<ProjectSetup> {
    return new ProjectSetup(
      await startEmulator({
        tables: tables.map((each) => ({ ...each, columns: [...each.columns] })),
      }),
    )
  }

  get host(): ProjectHost {
    const client = this.#client
    const { origin, teamId, botId } = client.connection
    const connection = { origin, teamId, botId }
    const handleOf = (reference: string) => {
      const { table, version = 'DRAFT' } = parseTableReference(reference)
      return client.table(table, { version })
    }
    return {
      temporaryFolder: this.folder,
      openTable: async (reference) => ({ handle: handleOf(reference), connection }),
      openSource: async ({ text, kind, reading }) => {
        const content = this.files.get(text)
        if (content === undefined || kind === 'table') {
          return { source: { kind: 'table', table: handleOf(text), connection } }
        }
        const stream = (async function* () {
          yield Buffer.from(content)
        })()
        return { source: { kind: 'file', input: { stream, name: text }, reading } }
      },
    }
  }

  parse(text: string, overlay?: string, env: Record<string, string> = {}): Project {
    const read = (path: string): string | undefined => this.files.get(path)
    return parseProject(text, { file: 'chatlayer.yaml', env, overlay, read })
  }

  plan(text: string, options: Partial<PlanProjectOptions> = {}): Promise<ProjectPlan> {
    return planProject({ project: this.parse(text), host: this.host, ...options })
  }

  apply(text: string, options: Partial<ApplyOptions> = {}): Promise<ApplyReport> {
    const { host, store } = this
    return applyProject({ project: this.parse(text), host, store, ...options })
  }

  put(table: string, records: readonly Values[], version: Version = 'DRAFT'): void {
    this.emulator.tables.insert(table, records, version)
  }

  /** Changes a record as another program does. */
  async edit(table: string, id: string, values: Values): Promise<void> {
    for await (const _ of this.#client.table(table).updateMany([{ id, set: values }]));
  }

  /** The values of all records, as texts in any order. */
  contents(table: string, version: Version = 'DRAFT'): string[] {
    return this.emulator.tables
      .records(table, version)
      .map(({ values }) =>
        JSON.stringify(Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))),
      )
      .toSorted()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close()
    await this.emulator.close()
    await rm(this.folder, { recursive: true, force: true })
  }
}
