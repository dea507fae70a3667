/** Inputs and results of a comparison. */
import type { TableHandle, TableRecord, Values, Version } from '@chatlayer-tables/core'
import type { FormatName } from '@chatlayer-tables/files'
import type { ReadingSettings } from '../rows/reading-settings.ts'

/** What comparing needs of a table; a `TableHandle` of the client is one. */
export interface ComparedTable extends Pick<TableHandle, 'version' | 'definition'> {
  records(...args: Parameters<TableHandle['records']>): AsyncIterable<TableRecord>
}

/** One of the two: a table in one version, a file, or bytes that come once. */
export type SideInput =
  | { readonly kind: 'table'; readonly table: ComparedTable }
  | {
      readonly kind: 'file'
      readonly input:
        | { readonly path: string }
        | { readonly stream: AsyncIterable<Uint8Array>; readonly name: string }
      /** Name in messages (default: the input's own name). */
      readonly name?: string | undefined
      /** `ignore` is not part of it: what is omitted is omitted from both sides. */
      readonly reading?: Omit<ReadingSettings, 'ignore'> | undefined
    }

/** Facts about one side. */
export type SideFacts =
  | {
      readonly kind: 'table'
      readonly id: string
      readonly name: string
      readonly version: Version
    }
  | {
      readonly kind: 'file'
      readonly name: string
      readonly format: FormatName
      /** Notes on how the file was read. */
      readonly notes: readonly string[]
    }

export interface CompareSettings {
  /** The key columns (default: whole records are compared). */
  readonly key?: readonly string[] | undefined
  /** The only columns to compare, besides those of the key (default: all). */
  readonly columns?: readonly string[] | undefined
  /** Columns to ignore. */
  readonly ignore?: readonly string[] | undefined
}

export interface CompareOptions extends CompareSettings {
  readonly a: SideInput
  readonly b: SideInput
  readonly signal?: AbortSignal | undefined
  /** Called often, with how many records of a side were read. */
  readonly onProgress?: ((side: 'a' | 'b', records: number) => void) | undefined
}

/** Numbers of equal and different records. */
export interface CompareCounts {
  /** Records of each side. */
  readonly a: number
  readonly b: number
  readonly same: number
  /** Only in b. */
  readonly added: number
  /** Only in a. */
  readonly removed: number
  /** Records with the same key and other values. */
  readonly changed: number
}

/** Where a record is: its id in a table, its line in a file. */
export type Place = { readonly id: string } | { readonly line: number }

/** One difference, as what happened on the way from a to b. `values` are those compared. */
export type Difference =
  | { readonly change: 'added'; readonly b: Place; readonly values: Values }
  | { readonly change: 'removed'; readonly a: Place; readonly values: Values }
  | {
      readonly change: 'changed'
      readonly a: Place
      readonly b: Place
      /** The record's values in a and in b. */
      readonly before: Values
      readonly after: Values
      /** The columns that differ, in the order of the columns. */
      readonly fields: readonly string[]
    }
