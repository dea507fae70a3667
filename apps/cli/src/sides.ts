/** Parses the two sides of a comparison as tables, files or addresses, and opens them. */
import { parseTableReference, type TableHandle } from '@chatlayer-tables/core'
import type {
  CompareSettings,
  JobConnection,
  SideFacts,
  SideInput,
  SyncSource,
} from '@chatlayer-tables/transfer'
import { type OpenTable, openTableToRead, openTableToWrite } from './connection.ts'
import type { Context } from './context.ts'
import { UsageError } from './failures.ts'
import { openFile } from './file-input.ts'
import { readMapping } from './mapping.ts'
import type { ConnectionFlags } from './options/common.ts'
import type { ComparisonFlags } from './options/files.ts'
import type { SideFlags } from './options/sides.ts'
import type { AddressInput } from './side-inputs.ts'
import { isAddress, sideKind } from './side-kind.ts'
import { optionsFor } from './side-options.ts'

export interface OpenTableSide {
  readonly kind: 'table'
  readonly open: OpenTable
  readonly handle: TableHandle
  readonly profile: string | undefined
}

/** A file, or what is read as one. */
export type OpenFileSide = Extract<SideInput, { kind: 'file' }> &
  Partial<AsyncDisposable> & { readonly address?: AddressInput | undefined }

export type OpenedSide = OpenTableSide | OpenFileSide

export type SidesFlags = ComparisonFlags & SideFlags

/** @throws UsageError if `--live`, which names neither side, is passed, or if both sides are stdin */
export function checkSides({ a, b, live }: Pick<ComparisonFlags, 'a' | 'b' | 'live'>): void {
  if (live) {
    throw new UsageError(
      '--live is ambiguous: there are two sides',
      'Put the version after the table: stores@live',
    )
  }
  if (a === '-' && b === '-') throw new UsageError('stdin can be one side, not both')
}

/** Opens a side to read. A table is then referred to by its ID, so it may be renamed meanwhile. */
export async function openSide(
  context: Context,
  flags: SidesFlags,
  text: string,
): Promise<OpenedSide> {
  if (sideKind(text) === 'table') return openTableSide(context, flags, text, openTableToRead)
  const { a, b } = flags
  const opened = await openFile(context, text, optionsFor(text, flags, [a, b]), flags)
  const map = Object.fromEntries(flags.map.map(readMapping))
  return { kind: 'file', ...opened, reading: { ...opened.reading, map } }
}

/** Opens the side to write to. @throws UsageError if it is a file */
export async function openTarget(context: Context, flags: ComparisonFlags): Promise<OpenTableSide> {
  const { b } = flags
  switch (sideKind(b)) {
    case 'address':
      throw new UsageError(
        'b is an address, but sync can only write to a table',
        'To write a table to a database, use clt export.',
      )
    case 'file':
      throw new UsageError(
        `${b} is a file, but sync can only write to a table`,
        `If it is the name of a table, use :${b}. To write a file, use clt export.`,
      )
  }
  return openTableSide(context, flags, b, openTableToWrite)
}

export async function openTableSide(
  context: Context,
  flags: ConnectionFlags,
  text: string,
  openTable: typeof openTableToRead,
): Promise<OpenTableSide> {
  const open = await openTable(context, { ...flags, table: text, live: false })
  try {
    const { id } = await open.handle.definition({ signal: context.stop })
    const handle = open.client.table(id, { version: open.version })
    return { kind: 'table', open, handle, profile: parseTableReference(text).profile }
  } catch (error) {
    await open[Symbol.asyncDispose]()
    throw error
  }
}

export async function closeSides(...sides: (OpenedSide | undefined)[]): Promise<void> {
  for (const side of sides) {
    if (side?.kind === 'table') await side.open[Symbol.asyncDispose]()
    else await side?.[Symbol.asyncDispose]?.()
  }
}

export function asInput(side: OpenedSide): SideInput {
  return side.kind === 'table' ? { kind: 'table', table: side.handle } : side
}

export function asSource(side: OpenTableSide): Extract<SyncSource, { kind: 'table' }>
export function asSource(side: OpenedSide): SyncSource
export function asSource(side: OpenedSide): SyncSource {
  if (side.kind === 'file') return side
  return { kind: 'table', table: side.handle, connection: connectionOf(side.open) }
}

export function connectionOf({ client }: OpenTable): JobConnection {
  const { origin, teamId, botId } = client.connection
  return { origin, teamId, botId }
}

export function compareSettings({ key, columns, ignore }: ComparisonFlags): CompareSettings {
  const [keyNames, columnNames] = [splitNames(key), splitNames(columns)]
  return {
    key: keyNames.length > 0 ? keyNames : undefined,
    columns: columnNames.length > 0 ? columnNames : undefined,
    ignore,
  }
}

function splitNames(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(',')).filter((name) => name !== '')
}

/** The name of a side in messages. */
export function nameOf(side: SideFacts): string {
  return side.kind === 'file' ? side.name : `${side.name}@${side.version.toLowerCase()}`
}

/** Describes a side as a table, a file or an address. */
export function describeSide(side: SideFacts): string {
  if (side.kind === 'table') return `table "${side.name}" (${side.version})`
  const { name, format, notes } = side
  if (!isAddress(name)) return `file ${name} (${[format, ...notes].join('; ')})`
  return notes.length === 0 ? name : `${name} (${notes.join('; ')})`
}
