/**
 * Types of a table's records. `T` is what a table is typed by: a zod object (`typeof Lead`), or the
 * type of a record's values.
 */
import type * as z from 'zod'

/** What types need of a zod object; checking for less of it is quicker. */
export interface SchemaTypes {
  readonly shape: Readonly<Record<string, unknown>>
  readonly _zod: { readonly output: unknown; readonly input: unknown }
}

/** The values of a record, as they are read: the output of the schema. */
export type RecordValues<T> = T extends SchemaTypes ? z.output<T> : T

/**
 * The values of a record to insert. They have the types of the values that are read, and a column
 * that the schema's input may omit (with a default, or optional) may be omitted.
 */
export type NewValues<T> = T extends SchemaTypes
  ? { [K in keyof z.input<T>]: WrittenValue<z.input<T>[K], RecordValues<T>, K> }
  : T

type WrittenValue<Input, Output, K> = K extends keyof Output
  ? Output[K] | Extract<Input, undefined>
  : never

/** The values that an update writes: some of the columns. */
export type ChangedValues<T> = Partial<RecordValues<T>>

/** The names of the columns; any text where they are not known. */
export type ColumnName<T> = Listed<keyof RecordValues<T> & string>

/** Makes editors and errors list the names, in place of how they were found. */
export type Listed<Names extends string> = Names extends infer Name extends string ? Name : never

/** The values of a record with some of its columns. `N` has the form of {@link SelectName}. */
export type SelectedValues<T, N> = [SelectName<T>] extends [N]
  ? RecordValues<T>
  : Pick<RecordValues<T>, Extract<Unquoted<N>, keyof RecordValues<T>>>

/** A column in a `select`; one named like a field of the record is written in double quotes. */
export type SelectName<T> = Quoted<ColumnName<T>, RecordFieldName>

/** The fields of a record next to its values. */
export type RecordFieldName = 'id' | 'createdAt' | 'updatedAt'

/** `Name`, in double quotes where the plain name is one of `Words` or is quoted itself. */
export type Quoted<Name extends string, Words> = Name extends Words | `"${string}"`
  ? `"${Name}"`
  : Name

type Unquoted<N> = N extends `"${infer Name}"` ? Name : N
