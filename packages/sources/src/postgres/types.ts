/** The table of PostgreSQL's types: the type of a table's column that keeps each, and how it is written. */
import type { ColumnType } from '@chatlayer-tables/contract'
import {
  arrayOf,
  boolean,
  compositeOf,
  date,
  type Encode,
  json,
  nestedNumber,
  nestedTimestamp,
  number,
  paddedText,
  textValue,
  timestamp,
  wholeNumber,
} from './values.ts'

export interface TypeRule {
  readonly type: ColumnType
  readonly encode: Encode
  /** How it is written inside of an array or a composite value (default: the same). */
  readonly nested?: Encode
}

const TEXT: TypeRule = { type: 'text', encode: textValue }
const WHOLE: TypeRule = { type: 'int', encode: wholeNumber }
const NUMERIC: TypeRule = { type: 'numeric', encode: number, nested: nestedNumber }
const MOMENT: TypeRule = { type: 'timestamp', encode: timestamp, nested: nestedTimestamp }
const JSON_VALUE: TypeRule = { type: 'jsonb', encode: json }

/**
 * Types of the schema `pg_catalog`. Every other base type, among them those of extensions, is its text, and so
 * are enums, ranges and multiranges. Arrays and composite values are JSON, domains are what
 * they are made of.
 */
export const POSTGRES_TYPES: Readonly<Record<string, TypeRule | 'refused'>> = {
  bool: { type: 'bool', encode: boolean },
  int2: WHOLE,
  int4: WHOLE,
  int8: WHOLE,
  oid: WHOLE,
  xid: WHOLE,
  cid: WHOLE,
  // Up to 2^64, which no whole number of PostgreSQL holds.
  xid8: NUMERIC,
  numeric: NUMERIC,
  float4: NUMERIC,
  float8: NUMERIC,
  // Its text depends on a setting of the database, and so does the number that it means.
  money: TEXT,
  uuid: { type: 'uuid', encode: textValue },
  json: JSON_VALUE,
  jsonb: JSON_VALUE,
  date: { type: 'timestamp', encode: date, nested: textValue },
  timestamp: MOMENT,
  timestamptz: MOMENT,
  // Times of day are no timestamps.
  time: TEXT,
  timetz: TEXT,
  interval: TEXT,
  bpchar: { type: 'text', encode: paddedText },
  bytea: 'refused',
  // Arrays inside the server, which are written as numbers with spaces between them.
  int2vector: TEXT,
  oidvector: TEXT,
}

/** A type of the server, as the catalog describes it. */
export interface CatalogType {
  readonly oid: string
  readonly schema: string
  readonly name: string
  /** `b` base, `c` composite, `d` domain, `e` enum, `p` pseudo, `r` range, `m` multirange. */
  readonly kind: string
  /** Of a domain. */
  readonly base: string
  /** Of an array; undefined for any other type. */
  readonly element: string | undefined
  /** Between the elements of an array of this type. */
  readonly delimiter: string
  /** Of a composite type, in their order. */
  readonly attributes: readonly { readonly name: string; readonly oid: string }[]
}

/**
 * The rule for a type; undefined for one that no column of a table keeps: `bytea`, or a type made of it.
 *
 * @param types all that it is made of
 */
export function ruleOf(oid: string, types: ReadonlyMap<string, CatalogType>): TypeRule | undefined {
  const type = types.get(oid)
  if (type === undefined) return TEXT
  const { schema, name, kind, base, element, attributes } = type
  if (schema === 'pg_catalog' && Object.hasOwn(POSTGRES_TYPES, name)) {
    const rule = POSTGRES_TYPES[name]
    return rule === 'refused' ? undefined : rule
  }
  if (kind === 'd') return ruleOf(base, types)
  if (kind === 'c') {
    const parts = attributes.map((each) => ({ name: each.name, rule: ruleOf(each.oid, types) }))
    const known = parts.flatMap(({ name: part, rule }) =>
      rule === undefined ? [] : [{ name: part, encode: rule.nested ?? rule.encode }],
    )
    return known.length < parts.length ? undefined : { type: 'jsonb', encode: compositeOf(known) }
  }
  if (element === undefined) return TEXT
  const rule = ruleOf(element, types)
  const delimiter = types.get(element)?.delimiter ?? ','
  return rule && { type: 'jsonb', encode: arrayOf(rule.nested ?? rule.encode, delimiter) }
}
