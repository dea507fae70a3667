/** Sorts, filters and searches the records of a page that is a file. Pure. */
import type { Cell } from '../../protocol/cells.ts'
import type {
  RecordFilter,
  RecordRow,
  RecordsPage,
  RecordsParams,
  TableFacts,
} from '../../protocol/records.ts'

type Query = Pick<RecordsParams, 'sort' | 'filters' | 'search'>
type ColumnNames = Pick<TableFacts, 'columns'>

/** Answers requests for records. The last query's result is kept for its further pages. */
export function localRecords(
  table: ColumnNames,
  records: RecordsPage,
): (params: RecordsParams) => RecordsPage {
  let lastKey = ''
  let last = records.rows
  return ({ offset, limit, sort, filters, search }) => {
    const key = JSON.stringify([sort, filters, search])
    if (key !== lastKey) {
      last = queryRecords(table, records.rows, {
        filters,
        ...(sort && { sort }),
        ...(search && { search }),
      })
      lastKey = key
    }
    return { rows: last.slice(offset, offset + limit), total: last.length }
  }
}

export function queryRecords(
  table: ColumnNames,
  rows: readonly RecordRow[],
  { sort, filters, search }: Query,
): readonly RecordRow[] {
  const tests = filters.map((filter) => filterTest(table, filter))
  const text = search?.toLowerCase()
  if (text) tests.push(({ cells }) => cells.some((cell) => isTextWith(cell, text)))
  const matches = tests.length === 0 ? rows : rows.filter((row) => tests.every((test) => test(row)))
  if (sort === undefined) return matches
  const value = readerOf(table, sort.column)
  const keyed = matches.map((row) => ({
    row,
    key: sortKey(value(row), typeOf(table, sort.column)),
  }))
  const sign = sort.descending ? -1 : 1
  return keyed.sort((a, b) => compareKeys(a.key, b.key, sign)).map(({ row }) => row)
}

function isTextWith(cell: Cell, text: string): boolean {
  return typeof cell === 'string' && cell.toLowerCase().includes(text)
}

/** A column of the table hides a field of the record with the same name. */
function readerOf(table: ColumnNames, name: string): (row: RecordRow) => Cell {
  const index = table.columns.findIndex((column) => column.name === name)
  if (index >= 0) return (row) => row.cells[index] ?? null
  if (name === 'id') return (row) => row.id
  if (name === 'createdAt') return (row) => row.createdAt ?? null
  if (name === 'updatedAt') return (row) => row.updatedAt ?? null
  return () => null
}

function typeOf(table: ColumnNames, name: string): string {
  const type = table.columns.find((column) => column.name === name)?.type
  return type ?? (name === 'id' ? 'string' : 'timestamp')
}

/** As by the program of `open`: only parts of texts ignore letter case. Masked values match no filter. */
function filterTest(
  table: ColumnNames,
  { column, operator, value = '' }: RecordFilter,
): (row: RecordRow) => boolean {
  const cellOf = readerOf(table, column)
  const type = typeOf(table, column)
  const wanted = sortKey(value, type)
  const text = value.toLowerCase()
  const test = (cell: Cell): boolean => {
    switch (operator) {
      case 'equals':
        return compareKeys(sortKey(cell, type), wanted) === 0
      case 'differs':
        return compareKeys(sortKey(cell, type), wanted) !== 0
      case 'contains':
        return textOf(cell).toLowerCase().includes(text)
      case 'starts':
        return textOf(cell).toLowerCase().startsWith(text)
      case 'more':
        return cell !== null && compareKeys(sortKey(cell, type), wanted) > 0
      case 'less':
        return cell !== null && compareKeys(sortKey(cell, type), wanted) < 0
      case 'empty':
        return cell === null
      case 'filled':
        return cell !== null
    }
  }
  return (row) => {
    const cell = cellOf(row)
    return !(typeof cell === 'object' && cell !== null && 'absent' in cell) && test(cell)
  }
}

function textOf(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'object') return String(cell)
  if ('number' in cell) return cell.number
  return 'json' in cell ? cell.json : ''
}

/** Undefined values come last, in both directions. Numbers come before texts. */
type SortKey =
  | undefined
  | { readonly number?: number; readonly text: string; readonly folded?: string }

const IS_NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i
const IS_INTEGER = /^-?\d+$/

function sortKey(cell: Cell, type: string): SortKey {
  if (cell === null || (typeof cell === 'object' && 'absent' in cell)) return undefined
  const text = textOf(cell)
  const isNumber = typeof cell === 'number' || (typeof cell === 'object' && 'number' in cell)
  if (isNumber || (/number|int|float|decimal/.test(type) && IS_NUMBER.test(text))) {
    return { number: Number(text), text }
  }
  const time = /timestamp|date/.test(type) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? { text, folded: text.toLowerCase() } : { number: time, text: '' }
}

function compareKeys(a: SortKey, b: SortKey, sign = 1): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  if (a.number !== undefined && b.number !== undefined) {
    return sign * (a.number - b.number || compareIntegers(a.text, b.text))
  }
  if (a.number !== undefined || b.number !== undefined) return a.number === undefined ? sign : -sign
  return sign * (compareTexts(a.folded ?? '', b.folded ?? '') || compareTexts(a.text, b.text))
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Of integers that JavaScript rounds to the same number. */
function compareIntegers(a: string, b: string): number {
  if (a === b || !IS_INTEGER.test(a) || !IS_INTEGER.test(b)) return 0
  const difference = BigInt(a) - BigInt(b)
  return difference === 0n ? 0 : difference < 0n ? -1 : 1
}
