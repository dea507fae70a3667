/** Types of conditions and sort keys by the columns of a table. Their meaning is at {@link Where}. */
import type * as z from 'zod'
import type {
  ColumnName,
  Listed,
  Quoted,
  RecordFieldName,
  RecordValues,
  SchemaTypes,
  SelectName,
} from '../schema-types.ts'
import type { Comparison, JsonValue, Value, Values } from '../types.ts'

/**
 * A condition on records, as data:
 *
 *     { city: 'Ghent', age: { gte: 18 }, or: [{ vip: true }, { spend: { gt: '100' } }] }
 *
 * Keys are column names, or `id`, `createdAt`, `updatedAt` of the record itself, or `and`, `or`
 * (lists of conditions) and `not` (one condition). Everything in one object is ANDed. A bare value
 * means `eq`, a bare null means `isNull`. A column whose own name is one of those words is written
 * in double quotes: `{ '"or"': { eq: 1 } }`.
 *
 * Meaning is PostgreSQL's: null matches nothing but `isNull`, also under `ne`, `nin` and `not`. Text
 * is ordered by code point, since the gateway's collation is unknown. jsonb has no order: it takes
 * `eq`, `ne`, `in`, `nin` and `isNull`. A stored value that is not of its column's type matches
 * nothing, and is not null.
 *
 * `icontains`, `istartsWith`, `iendsWith` and `ieq` ignore letter case by Unicode's simple case
 * folding, whatever the locale: `É` is `é`, `Σ` is `σ` and `ς`; but `ß` is not `ss`, the Turkish `İ`
 * and `ı` are not `i`, and accents count. The gateway has no such filter: the client tests them.
 *
 * `T` is a zod object, the type of a record's values, or nothing: then any column name compiles.
 * Values are those that the table stores; a codec of the schema does not convert them.
 */
export type Where<T = Values> = ColumnConditions<T> & CombinedConditions<T>

export type CombinedConditions<T> = {
  readonly and?: readonly Where<T>[]
  readonly or?: readonly Where<T>[]
  readonly not?: Where<T>
}

/** Conditions by the names of columns, and by the fields of the record itself. */
export type ColumnConditions<T> = {
  readonly [K in ColumnName<T> as Quoted<K, RecordFieldName | CombiningWord>]?: ColumnCondition<
    T,
    K
  >
} & RecordFieldConditions

type CombiningWord = keyof CombinedConditions<unknown>

export type RecordFieldConditions = {
  readonly id?: UuidCondition
  readonly createdAt?: TimeCondition
  readonly updatedAt?: TimeCondition
}

/** The condition on one column. */
export type ColumnCondition<T, K extends ColumnName<T>> = string extends K
  ? UntypedCondition
  : ConditionsByKind<StoredValue<T, K>>[ColumnKind<T, K>]

/** What any key of a condition may have where the columns are not known. */
type UntypedCondition = Comparison | Value | TimeCondition | Where | readonly Where[] | undefined

/** Conditions on a column with values of type `V`, by the kind of the column. */
interface ConditionsByKind<V> {
  readonly text: TextCondition<Extract<V, string>>
  readonly uuid: UuidCondition
  readonly number: NumberCondition
  readonly numeric: NumericCondition
  readonly boolean: BooleanCondition
  readonly time: TimeCondition
  readonly json: JsonCondition<V>
  readonly any: AnyCondition
}

export type TextCondition<V extends string = string> = V | TextComparison<V> | null
export type UuidCondition = string | OrderComparison<string> | null
export type NumberCondition = NumberValue | OrderComparison<NumberValue> | null
export type NumericCondition = NumericValue | OrderComparison<NumericValue> | null
export type BooleanCondition = BooleanValue | OrderComparison<BooleanValue> | null
export type TimeCondition = TimeValue | OrderComparison<TimeValue> | null
/** An object is compared with `{ eq: … }`. */
export type JsonCondition<V> = Extract<V, readonly unknown[]> | EqualComparison<V> | null
export type AnyCondition = AnyValue | Comparison | null
/** An object is not among them: it is compared with `{ eq: … }`. */
type AnyValue = string | number | bigint | boolean | DateValue | readonly JsonValue[]

/** A value of an int column: a number, a bigint, or its digits as text. */
export type NumberValue = number | bigint | `${number}`
/** A value of a numeric column. */
export type NumericValue = number | bigint | string
export type BooleanValue = boolean | 'true' | 'false'
/** An ISO 8601 text or a Date. */
export type TimeValue = string | DateValue

/** A Date, by a member that only dates have; so an editor does not offer the methods of dates. */
export interface DateValue extends Pick<Date, typeof Symbol.toPrimitive> {}

export interface EqualComparison<V> {
  readonly eq?: V
  readonly ne?: V
  readonly in?: readonly V[]
  readonly nin?: readonly V[]
  readonly isNull?: boolean
}

export interface OrderComparison<V, Equal = V> extends EqualComparison<Equal> {
  readonly gt?: V
  readonly gte?: V
  readonly lt?: V
  readonly lte?: V
}

/** `V` may be the texts that an enum allows. */
export interface TextComparison<V = string> extends OrderComparison<string, V> {
  readonly contains?: string
  readonly startsWith?: string
  readonly endsWith?: string
  readonly icontains?: string
  readonly istartsWith?: string
  readonly iendsWith?: string
  readonly ieq?: string
}

/** The kind of a column: by its schema, or by the type of its values. */
type ColumnKind<T, K extends ColumnName<T>> = T extends SchemaTypes
  ? SchemaKind<T['shape'][K]>
  : ValueKind<StoredValue<T, K>>

/** The values of a column as the table stores them, without null. */
type StoredValue<T, K extends ColumnName<T>> = NotNull<
  T extends SchemaTypes ? InputOf<T['shape'][K]> : RecordValues<T>[K & keyof RecordValues<T>]
>

type NotNull<V> = Exclude<V, null | undefined>

/** A schema that converts any input, such as `z.coerce.number()`, is known by its output. */
type InputOf<C> = unknown extends z.input<C> ? z.output<C> : z.input<C>

type SchemaKind<C> =
  C extends Wrapper<infer Inner>
    ? SchemaKind<Inner>
    : C extends Formatted<infer Format>
      ? KindsByFormat[Format]
      : ValueKind<NotNull<InputOf<C> | ConvertedTo<C>>>

/** A schema around another, such as `z.nullable(…)`. */
interface Wrapper<Inner> {
  readonly _zod: { readonly def: { readonly innerType: Inner } }
}

interface Formatted<Format extends keyof KindsByFormat> {
  readonly _zod: { readonly def: { readonly format: Format } }
}

/** Formats of texts that are columns of another type; `numeric` is the name to give to `z.stringFormat`. */
interface KindsByFormat {
  readonly datetime: 'time'
  readonly uuid: 'uuid'
  readonly guid: 'uuid'
  readonly numeric: 'numeric'
}

/** What a schema makes of texts: dates and numbers are of columns of those types. */
type ConvertedTo<C> =
  z.input<C> extends string | null | undefined
    ? Extract<z.output<C>, Date | number | bigint>
    : never

type ValueKind<V> = unknown extends V
  ? 'any'
  : [V] extends [string]
    ? 'text'
    : [V] extends [number | bigint]
      ? 'number'
      : [V] extends [boolean]
        ? 'boolean'
        : [V] extends [string | Date]
          ? 'time'
          : [V] extends [NumericValue]
            ? 'numeric'
            : [V] extends [object]
              ? 'json'
              : 'any'

/** A column to sort by, or a field of the record. jsonb has no order. */
export type SortName<T> = Quoted<OrderedColumn<T>, RecordFieldName> | RecordFieldName

type OrderedColumn<T> =
  string extends ColumnName<T>
    ? string
    : { [K in ColumnName<T>]: ColumnKind<T, K> extends 'json' ? never : K }[ColumnName<T>]

/** `name` ascending, or with its direction. Nulls come last in both directions, unless stated. */
export type Sort<Name extends string = string> =
  | Name
  | {
      readonly column: Name
      readonly direction?: 'asc' | 'desc'
      /** Where nulls come, in both directions (default: `last`). */
      readonly nulls?: 'first' | 'last'
    }

/** What to read. Without `limit`, everything that matches. */
export interface QueryOptions<T = Values, N extends SelectName<T> = SelectName<T>> {
  readonly where?: Where<T> | undefined
  /** Columns to keep in `values` (default: all). */
  readonly select?: readonly N[] | undefined
  readonly sort?: Sort<Listed<SortName<T>>> | readonly Sort<Listed<SortName<T>>>[] | undefined
  readonly limit?: number | undefined
  /** Matching records to skip. */
  readonly offset?: number | undefined
  /** Pages in flight at once (default: 8). */
  readonly ahead?: number | undefined
}
