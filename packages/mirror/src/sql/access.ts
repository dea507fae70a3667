/** Limits a query to reading its tables and computing. Everything else is refused. */
import { constants } from 'node:sqlite'
import { foldName } from '../names.ts'
import { OWN_FUNCTIONS } from './functions.ts'

/** Functions that only read their arguments and the clock. */
export const FUNCTIONS: readonly string[] = [
  ...OWN_FUNCTIONS,
  ...`abs acos acosh asin asinh atan atan2 atanh avg ceil ceiling char coalesce concat concat_ws cos cosh
  count cume_dist current_date current_time current_timestamp date datetime degrees dense_rank exp
  first_value floor format glob group_concat hex if ifnull iif instr json json_array json_array_insert
  json_array_length json_error_position json_extract json_group_array json_group_object json_insert
  json_object json_patch json_pretty json_quote json_remove json_replace json_set json_type json_valid
  jsonb jsonb_array jsonb_array_insert jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert
  jsonb_object jsonb_patch jsonb_remove jsonb_replace jsonb_set julianday lag last_value lead length
  like likelihood likely ln log log10 log2 lower ltrim max median min mod nth_value ntile nullif
  octet_length percent_rank percentile percentile_cont percentile_disc pi pow power printf quote
  radians random randomblob rank replace round row_number rtrim sign sin sinh sqlite_version sqrt
  strftime string_agg substr substring sum tan tanh time timediff total trim trunc typeof unhex
  unicode unistr unistr_quote unixepoch unlikely upper zeroblob -> ->>`.split(/\s+/),
]

export const ALLOWED_FUNCTIONS: ReadonlySet<string> = new Set(FUNCTIONS)

/** Functions that return rows from their arguments alone. */
const TABLE_FUNCTIONS = new Set(['json_each', 'json_tree', 'jsonb_each', 'jsonb_tree'])

/** Internal tables of SQLite and of mirrors. */
const KEPT_NAMES = /^(?:sqlite_|pragma_|__mirror|dbstat$|fts|rtree|bytecode$|tables_used$)/

/** SQLite calls it for each action of a statement while preparing it. */
export type Authorizer = (
  action: number,
  first: string | null,
  second: string | null,
  schema: string | null,
) => number

interface Read {
  readonly schema: string
  readonly name: string
  readonly columns: Set<string>
}

export interface Access {
  readonly authorize: Authorizer
  /** The tables that are read; an empty schema where SQLite passed none. */
  readonly reads: ReadonlyMap<string, Read>
  /** Adds a table of which the authorizer was not called. */
  note(schema: string, name: string): void
  /** The first refused action. */
  readonly refusal: () => string | undefined
}

/**
 * @param tables that may be read, as {@link tableKey} names them
 * @param functions that may be called
 */
export function readingOnly(
  tables: ReadonlySet<string>,
  functions: ReadonlySet<string> = ALLOWED_FUNCTIONS,
): Access {
  const reads = new Map<string, Read>()
  let refusal: string | undefined
  const refuse = (why: string): number => {
    refusal ??= why
    return constants.SQLITE_DENY
  }
  const note = (key: string, schema: string, name: string, column: string | null): number => {
    const known = reads.get(key) ?? { schema, name, columns: new Set() }
    if (column) known.columns.add(column)
    reads.set(key, known)
    return constants.SQLITE_OK
  }
  const read = (name: string, column: string | null, schema: string): number => {
    const key = tableKey(schema, name)
    if (tables.has(key)) return note(key, schema, name, column)
    const folded = foldName(name)
    if (TABLE_FUNCTIONS.has(folded)) return constants.SQLITE_OK
    // For a table without read columns, SQLite passes the schema only where the query names it. For a
    // name in WITH it passes none either.
    if (schema === '' && !column && !KEPT_NAMES.test(folded)) {
      return note(key, schema, name, column)
    }
    return refuse(`reading ${name}`)
  }
  const authorize: Authorizer = (action, first, second, schema) => {
    switch (action) {
      case constants.SQLITE_SELECT:
      case constants.SQLITE_RECURSIVE:
        return constants.SQLITE_OK
      case constants.SQLITE_READ:
        return read(first ?? '', second, schema ?? '')
      case constants.SQLITE_FUNCTION:
        return functions.has(foldName(second ?? ''))
          ? constants.SQLITE_OK
          : refuse(`the function ${second}`)
      default:
        return refuse(ACTIONS[action] ?? 'anything but reading')
    }
  }
  return {
    authorize,
    reads,
    note: (schema, name) => void note(tableKey(schema, name), schema, name, null),
    refusal: () => refusal,
  }
}

export function tableKey(schema: string, name: string): string {
  return `${foldName(schema)}\0${foldName(name)}`
}

const ACTIONS: Readonly<Record<number, string>> = {
  [constants.SQLITE_INSERT]: 'inserting',
  [constants.SQLITE_UPDATE]: 'updating',
  [constants.SQLITE_DELETE]: 'deleting',
  [constants.SQLITE_PRAGMA]: 'PRAGMA',
  [constants.SQLITE_ATTACH]: 'ATTACH',
  [constants.SQLITE_DETACH]: 'DETACH',
  [constants.SQLITE_TRANSACTION]: 'transactions',
  [constants.SQLITE_SAVEPOINT]: 'savepoints',
  [constants.SQLITE_REINDEX]: 'REINDEX',
  [constants.SQLITE_ANALYZE]: 'ANALYZE',
  [constants.SQLITE_ALTER_TABLE]: 'ALTER TABLE',
}
