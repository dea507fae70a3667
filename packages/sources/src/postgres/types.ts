/** Types of PostgreSQL: the type of a table's column that keeps each, and how its values are written. */
import type { ColumnType } from '@chatlayer-tables/contract'
import type { TypeFact } from '../database/type-table.ts'
import {
  arrayOf,
  boolean,
  compositeOf,
  date,
  type Encode,
  json,
  jsonb,
  nestedNumber,
  nestedTimestamp,
  number,
  paddedText,
  textValue,
  timestamp,
  timestamptz,
  wholeNumber,
} from './values.ts'

export interface TypeRule {
  readonly type: ColumnType
  readonly encode: Encode
  /** How it is written inside of an array or a composite value (default: the same). */
  readonly nested?: Encode
}

interface NamedRule extends TypeFact {
  /** In the schema `pg_catalog`; none for kinds of types. */
  readonly names: readonly string[]
  /** None where no type of a table keeps the values. */
  readonly encode?: Encode
  readonly nested?: Encode
}

const NUMBER = { type: 'numeric', encode: number, nested: nestedNumber } as const
const TEXT = { type: 'text', encode: textValue } as const

const RULES: readonly NamedRule[] = [
  {
    names: ['int2', 'int4', 'int8', 'oid', 'xid', 'cid'],
    declared: '`smallint`, `integer`, `bigint`, `oid`, `xid`, `cid`',
    type: 'int',
    encode: wholeNumber,
    note: 'All 64 bits.',
  },
  {
    names: ['numeric', 'xid8'],
    declared: '`numeric`, `decimal(p,s)`, `xid8`',
    ...NUMBER,
    note: 'Every digit, and `NaN`. Infinity is an error.',
  },
  {
    names: ['float4', 'float8'],
    declared: '`real`, `double precision`',
    ...NUMBER,
    note: 'The shortest number that is the same in this type, and `NaN`. Infinity is an error.',
  },
  {
    names: ['money'],
    declared: '`money`',
    ...TEXT,
    note: 'As the database shows it. What it means depends on its `lc_money`: select `price::numeric` for a number.',
  },
  { names: ['bool'], declared: '`boolean`', type: 'bool', encode: boolean, note: '' },
  {
    names: ['bpchar'],
    declared: '`char(n)`',
    type: 'text',
    encode: paddedText,
    note: 'Without the spaces that fill it up, as in comparisons and casts of PostgreSQL.',
  },
  {
    names: ['text', 'varchar', 'name', 'char'],
    declared: '`text`, `varchar(n)`, `name`, `"char"`',
    ...TEXT,
    note: 'Every character.',
  },
  { names: ['uuid'], declared: '`uuid`', type: 'uuid', encode: textValue, note: '' },
  {
    names: ['json'],
    declared: '`json`',
    type: 'jsonb',
    encode: json,
    note: 'With every digit. JSON null is null. Where a key is repeated, or text has U+0000, the row is rejected like one of a file.',
  },
  {
    names: ['jsonb'],
    declared: '`jsonb`',
    type: 'jsonb',
    encode: jsonb,
    note: 'With every digit. JSON null is null.',
  },
  {
    names: ['date'],
    declared: '`date`',
    type: 'timestamp',
    encode: date,
    nested: textValue,
    note: 'The start of the day. Infinity and years before 1 or after 9999 are an error: select `day::text`.',
  },
  {
    names: ['timestamp'],
    declared: '`timestamp`',
    type: 'timestamp',
    encode: timestamp,
    nested: nestedTimestamp,
    note: 'With microseconds, without a zone, which a table takes as UTC. Infinity and years before 1 or after 9999 are an error.',
  },
  {
    names: ['timestamptz'],
    declared: '`timestamptz`',
    type: 'timestamp',
    encode: timestamptz,
    nested: nestedTimestamp,
    note: 'With microseconds, in UTC. Infinity and years before 1 or after 9999 are an error.',
  },
  {
    names: ['time', 'timetz'],
    declared: '`time`, `timetz`',
    ...TEXT,
    note: 'Such as `24:00:00` and `12:00:00+02`.',
  },
  {
    names: ['interval'],
    declared: '`interval`',
    ...TEXT,
    note: 'In ISO 8601, such as `P1Y-2DT3.5S`.',
  },
  {
    names: ['bytea'],
    declared: '`bytea`',
    type: undefined,
    note: "An error before anything is read, as are arrays and composite types of it: omit the column, or select `encode(photo, 'base64')`.",
  },
  {
    // Written with spaces between their numbers, unlike arrays.
    names: ['int2vector', 'oidvector'],
    declared: '`int2vector`, `oidvector`',
    ...TEXT,
    note: 'Such as `1 2`.',
  },
  {
    names: [],
    declared: 'arrays',
    type: 'jsonb',
    note: 'Lists, with null, in lists where there are several dimensions. Infinity and all timestamps are text in them. An array whose first index is not 1 is an error.',
  },
  {
    names: [],
    declared: 'composite types',
    type: 'jsonb',
    note: 'Objects, with values as in arrays.',
  },
  { names: [], declared: 'domains', type: undefined, note: 'As the type that they are made of.' },
  { names: [], declared: 'enums', type: 'text', note: '' },
  {
    names: [],
    declared:
      'ranges, `inet`, `point`, `bit(n)`, `xml`, `tsvector`, `pg_lsn`, types of extensions (`citext`, `hstore`, `geometry`), all others',
    type: 'text',
    note: 'As PostgreSQL writes them.',
  },
]

export const POSTGRES_TYPES: readonly TypeFact[] = RULES

const BY_NAME: ReadonlyMap<string, NamedRule> = new Map(
  RULES.flatMap((rule) => rule.names.map((name) => [name, rule] as const)),
)

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
  const named = schema === 'pg_catalog' ? BY_NAME.get(name) : undefined
  if (named !== undefined) {
    const { type: column, encode, nested } = named
    if (column === undefined || encode === undefined) return undefined
    return nested === undefined ? { type: column, encode } : { type: column, encode, nested }
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
