/** The tables and sources of a project, opened once each, and the order of its syncs. */
import { InvalidInputError, nearest, parseTableReference, type Table } from '@chatlayer-tables/core'
import type { PlanProjectOptions } from './plan-types.ts'
import { ProjectError } from './project-error.ts'
import type { OpenedSource, OpenedTable, ProjectHost } from './project-host.ts'
import type { Project, ProjectPlace, SyncSpec } from './project-types.ts'

export interface NamedTable extends OpenedTable {
  /** As written. */
  readonly reference: string
  readonly definition: Table
  /** Equal for references to the same table and version. */
  readonly identity: string
  /** Such as `stores@draft`. */
  readonly label: string
}

export interface OpenSync {
  readonly spec: SyncSpec
  readonly target: NamedTable
  readonly opened: OpenedSource
  /** Of the table that is the source. */
  readonly sourceIdentity: string | undefined
  /** Names of syncs that write what this one reads. */
  readonly after: readonly string[]
}

/** Closes what it has opened when it is disposed of. */
export class OpenTables implements AsyncDisposable {
  readonly #host: ProjectHost
  readonly #project: Pick<Project, 'connection'>
  readonly #signal: AbortSignal | undefined
  readonly #tables = new Map<string, NamedTable>()
  readonly #closers: (() => Promise<void>)[] = []

  constructor(
    host: ProjectHost,
    project: Pick<Project, 'connection'>,
    signal: AbortSignal | undefined,
  ) {
    this.#host = host
    this.#project = project
    this.#signal = signal
  }

  /** Tables that are open. */
  get all(): readonly NamedTable[] {
    return [...this.#tables.values()]
  }

  async table(
    reference: string,
    purpose: 'read' | 'write',
    place: ProjectPlace | undefined,
  ): Promise<NamedTable> {
    const key = `${purpose} ${reference}`
    const found = this.#tables.get(key)
    if (found !== undefined) return found
    const table = await at(place, () =>
      this.#host.openTable(reference, purpose, this.#project.connection),
    )
    this.#onClose(table.close)
    const definition = await table.handle.definition({ signal: this.#signal })
    const named = {
      ...table,
      ...{ reference, definition, label: labelOf(reference, table, definition) },
      identity: identityOf(table.connection, definition, table.handle.version),
    }
    this.#tables.set(key, named)
    return named
  }

  async source({ from }: Pick<SyncSpec, 'from'>): Promise<OpenedSource> {
    const opened = await at(from.place, () => this.#host.openSource(from, this.#project.connection))
    this.#onClose(opened.close)
    return opened
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close()
  }

  #onClose(close: (() => Promise<void>) | undefined): void {
    if (close !== undefined) this.#closers.push(close)
  }
}

/** An error of opening names the place in the file. */
async function at<T>(place: ProjectPlace | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    // Errors of a connection are not about what is written.
    const isOfText = error instanceof InvalidInputError && !(error instanceof ProjectError)
    if (place === undefined || !isOfText) throw error
    throw new ProjectError([{ place, message: error.message, hint: error.hint }])
  }
}

function labelOf(reference: string, { handle }: OpenedTable, { name }: Table): string {
  const { profile } = parseTableReference(reference)
  const label = `${name}@${handle.version.toLowerCase()}`
  return profile === undefined ? label : `${profile}:${label}`
}

export function identityOf(
  { origin, teamId, botId }: OpenedTable['connection'],
  { id }: Pick<Table, 'id'>,
  version: string,
): string {
  return JSON.stringify([origin, teamId, botId, id, version])
}

/**
 * The syncs that were chosen.
 *
 * @throws InvalidInputError for a name that there is not
 */
function chosenSyncs(
  { syncs }: Project,
  { only, allow = [] }: Pick<PlanProjectOptions, 'only' | 'allow'>,
): SyncSpec[] {
  const names = syncs.map(({ name }) => name)
  const named = [
    ...(only ?? []).map((name) => ({ name, field: 'only' })),
    ...allow.map(({ sync: name }) => ({ name, field: 'allow' })),
  ]
  for (const { name, field } of named) {
    if (names.includes(name)) continue
    const near = nearest(name, names)
    throw new InvalidInputError(`there is no sync "${name}"`, {
      field,
      hint: near === undefined ? `Syncs: ${names.join(', ')}.` : `Did you mean "${near}"?`,
    })
  }
  return syncs.filter(({ name }) => only?.includes(name) ?? true)
}

/**
 * Opens the chosen syncs, and puts each after those that write what it reads; otherwise in the order of
 * the file.
 *
 * @throws ProjectError for two syncs of one table, and for syncs that wait for each other
 */
export async function openSyncs(
  tables: OpenTables,
  { project, only, allow }: Pick<PlanProjectOptions, 'project' | 'only' | 'allow'>,
  signal: AbortSignal | undefined,
): Promise<OpenSync[]> {
  const opened: Omit<OpenSync, 'after'>[] = []
  const writers = new Map<string, SyncSpec>()
  for (const spec of chosenSyncs(project, { only, allow })) {
    const target = await tables.table(spec.to, 'write', spec.toPlace)
    const other = writers.get(target.identity)
    if (other !== undefined) {
      const message = `the sync "${other.name}" writes to ${target.label} as well`
      throw new ProjectError([{ place: spec.toPlace, message }])
    }
    writers.set(target.identity, spec)
    opened.push({ spec, target, ...(await openSource(tables, spec, signal)) })
  }
  const syncs = opened.map((sync) => {
    const writer = sync.sourceIdentity === undefined ? undefined : writers.get(sync.sourceIdentity)
    const isOther = writer !== undefined && writer !== sync.spec
    return { ...sync, after: isOther ? [writer.name] : [] }
  })
  return inOrder(syncs)
}

async function openSource(
  tables: OpenTables,
  spec: SyncSpec,
  signal: AbortSignal | undefined,
): Promise<Pick<OpenSync, 'opened' | 'sourceIdentity'>> {
  const opened = await tables.source(spec)
  const { source } = opened
  if (source.kind === 'file') return { opened, sourceIdentity: undefined }
  const definition = await source.table.definition({ signal })
  const identity = identityOf(source.connection, definition, source.table.version)
  return { opened, sourceIdentity: identity }
}

/** Of syncs that may go next, the first of the file does. */
function inOrder<T extends Pick<OpenSync, 'spec' | 'after'>>(syncs: readonly T[]): T[] {
  const ordered: T[] = []
  const left = [...syncs]
  while (left.length > 0) {
    const done = new Set(ordered.map(({ spec }) => spec.name))
    const next = left.findIndex(({ after }) => after.every((name) => done.has(name)))
    if (next < 0) throw cycle(left)
    ordered.push(...left.splice(next, 1))
  }
  return ordered
}

function cycle(left: readonly Pick<OpenSync, 'spec' | 'after'>[]): Error {
  const names = left.map(({ spec }) => `"${spec.name}"`).join(', ')
  const message = `each of the syncs ${names} reads what another one writes, so that none can be first`
  const place = left[0]?.spec.place
  return place === undefined ? new Error(message) : new ProjectError([{ place, message }])
}
