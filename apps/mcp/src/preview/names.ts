/** Chooses the columns by which a person recognizes the records of a preview. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import { stringifyJson, type Values } from '@chatlayer-tables/core'
import { Turns } from '@chatlayer-tables/files/turns'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { cellOf } from './cell.ts'

/** How to name the records of one preview. */
export interface Naming {
  /** The columns whose values name a record; may be empty. */
  readonly columns: readonly string[]
  /** Whether the columns alone do not tell this record apart, so that its id is needed. */
  needsId(record: Values): boolean
  /** Whether any record needs its id. */
  readonly withIds: boolean
}

/** Words of column names that promise a name, in the languages of the bots. */
const NAME_WORDS = new Set(
  'name title label code sku slug key number subject question email naam titel nummer onderwerp vraag nom titre numero sujet nombre titulo nome titolo'.split(
    ' ',
  ),
)

/** Longer texts describe a record rather than name it. */
const MAX_MEAN_LENGTH = 60

/** Records that the choice is based on: it must not take long. */
export const MAX_EXAMINED = 1_000

/** The share of records that a column must tell apart to be preferred over other columns. */
const MIN_DISTINCT = 0.9

/**
 * The key columns if they are known. Otherwise the most telling column: the first that has a different,
 * short value for nearly every record, where names and titles come before other texts, and texts before
 * numbers.
 */
export async function namingOf(
  records: readonly Values[],
  table: GuardedTable,
  key: readonly string[] = [],
  turns: Turns = new Turns(),
): Promise<Naming> {
  const readable = table.readable.map(({ name }) => name)
  const known = key.filter((name) => readable.includes(name))
  const columns = known.length > 0 ? known : mostTelling(records.slice(0, MAX_EXAMINED), table)
  const nameOf = (record: Values): string =>
    columns.map((column) => textOf(cellOf(record, column))).join('\0')
  const isBlank = (record: Values): boolean =>
    columns.every((column) => isEmpty(cellOf(record, column)))
  const uses = new Map<string, number>()
  let withIds = false
  for (const record of records) {
    if (turns.isDue) await turns.pass()
    const name = nameOf(record)
    const count = (uses.get(name) ?? 0) + 1
    uses.set(name, count)
    withIds ||= count > 1 || isBlank(record)
  }
  const needsId = (record: Values): boolean =>
    isBlank(record) || (uses.get(nameOf(record)) ?? 0) > 1
  return { columns, needsId, withIds }
}

interface Candidate {
  readonly name: string
  readonly rank: number
  /** The share of records that it tells apart. */
  readonly distinct: number
}

function mostTelling(records: readonly Values[], table: GuardedTable): readonly string[] {
  const candidates = table.readable
    .flatMap(({ name, type }): Candidate[] => {
      const rank = rankOf(name, columnTypeOf(type))
      if (rank === undefined) return []
      const values = records
        .map((record) => cellOf(record, name))
        .filter((value) => !isEmpty(value))
      if (values.length === 0 || !isShort(values)) return []
      return [{ name, rank, distinct: new Set(values.map(String)).size / records.length }]
    })
    .sort((a, b) => a.rank - b.rank)
  const best =
    candidates.find(({ distinct }) => distinct >= MIN_DISTINCT) ??
    candidates.sort((a, b) => b.distinct - a.distinct).at(0)
  return best === undefined ? [] : [best.name]
}

/** Lower is better; undefined for a type that names nothing. */
function rankOf(name: string, type: string | undefined): number | undefined {
  if (type === 'text') return wordsOf(name).some((word) => NAME_WORDS.has(word)) ? 0 : 1
  return type === 'int' || type === 'numeric' || type === 'uuid' ? 2 : undefined
}

/** The words of `store_name`, `storeName` and `Store name`, in small letters without accents. */
function wordsOf(name: string): string[] {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
}

/** Whether values are short enough on average to recognize a record by them. */
export function isShort(values: readonly unknown[]): boolean {
  const length = values.reduce<number>((sum, value) => sum + textOf(value).length, 0)
  return length <= MAX_MEAN_LENGTH * values.length
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : stringifyJson(value)
}

function isEmpty(value: unknown): boolean {
  return value === null || value === ''
}
