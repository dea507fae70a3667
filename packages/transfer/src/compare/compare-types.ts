/** Inputs and results of a comparison. */
import type { TableHandle, TableRecord, Values, Version, Where } from '@chatlayer-tables/core'
import type { FormatName } from '@chatlayer-tables/files'
import type { Input } from '../input/input.ts'
import type { ReadingSettings } from '../rows/reading-settings.ts'

/** What comparing needs of a table; a `TableHandle` of the client is one. */
export interface ComparedTable extends Pick<TableHandle, 'version' | 'definition'> {
  records(...args: Parameters<TableHandle['records']>): AsyncIterable<TableRecord>
}

/** One of the two: a table in one version, or what is read as a file is. */
export type SideInput =
  | { readonly kind: 'table'; readonly table: ComparedTable }
  | {
      readonly kind: 'file'
      readonly input: Input
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
  /**
   * Whether only the columns that both sides have are compared, values of another type as the type of
   * `b` (default: columns and types must be the same).
   */
  readonly inCommon?: boolean | undefined
  /** Compares only some records of two tables (default: all). */
  readonly only?: RecordSelection | undefined
}

/** Some records of two tables, with their counterparts by key on the other side. */
export interface RecordSelection {
  readonly where: Where
  /**
   * - `either`: records that match on one side at least
   * - `a`: records of `a` that match
   * - `a and extra`: also records of `b` that match and whose key `a` does not have at all
   */
  readonly of: 'either' | 'a' | 'a and extra'
}

export interface CompareOptions extends CompareSettings {
  readonly a: SideInput
  readonly b: SideInput
  /**
   * Whether records whose key several records of a side have are set aside and reported (default: they
   * are an error).
   */
  readonly setAsideDuplicates?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /**
   * Called with each record that is compared: its place, and a hash of its compared content. For a
   * fingerprint of the sides.
   */
  readonly onRecord?:
    | ((side: 'a' | 'b', place: string | number, content: Uint8Array) => void)
    | undefined
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

/** Keys that several records of a side have. */
export interface DuplicateCounts {
  /** Such keys, on either side. */
  readonly keys: number
  /** Records of each side that have one of them; they are in no other count but the total. */
  readonly a: number
  readonly b: number
}

/** One key that several records of a side have. */
export interface DuplicateKey {
  /** The values of the key's columns. */
  readonly key: Values
  /** Number of records of each side. */
  readonly a: number
  readonly b: number
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
