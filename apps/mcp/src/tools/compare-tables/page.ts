/** The differences of one page, as small tables: keys, and only what differs. */
import type { Values } from '@chatlayer-tables/core'
import type { Comparison } from '@chatlayer-tables/transfer'
import { cellOf, shortPair } from '../../preview/cell.ts'
import { costOf } from '../../result/budget.ts'
import { lengthsFrom, shortCell } from '../../result/cells.ts'
import { KINDS, type Kind } from './definition.ts'

type Row = unknown[]

interface Section {
  readonly columns: string[]
  readonly rows: Row[]
}

export interface ComparisonPage {
  readonly sections: Partial<Readonly<Record<Kind, Section>>>
  /** Differences on this page. */
  readonly records: number
}

/** Differences on a page. */
const MAX_RECORDS = 200

/** Characters shown of a value. */
const CELL_LENGTH = 120

/** Columns shown of a record that only one table has, besides its key. */
const MAX_TELLING = 3

/** The standard sentences of the notice, the cursor, and the names of the sections. */
const RESERVED_TOKENS = 200

export interface PageOptions {
  /** Differences on earlier pages. */
  readonly offset: number
  /** Of the whole result. */
  readonly tokens: number
  /** The rest of the result. */
  readonly frame: unknown
}

/** The differences that fit, with long values cut as far as needed to show one; none where that is not enough. */
export function pageOf(comparison: Comparison, options: PageOptions): ComparisonPage {
  const tokens = options.tokens - RESERVED_TOKENS - costOf(options.frame)
  let page: ComparisonPage = { sections: {}, records: 0 }
  for (const length of lengthsFrom(CELL_LENGTH)) {
    page = fill(comparison, options.offset, tokens, length)
    if (page.records > 0) break
  }
  return page
}

function fill(
  comparison: Comparison,
  offset: number,
  tokens: number,
  length: number,
): ComparisonPage {
  const sections: Partial<Record<Kind, Section>> = {}
  let [skip, left, records] = [offset, tokens, 0]
  for (const kind of KINDS) {
    const { columns, records: ofKind } = LISTS[kind](comparison, length)
    for (const rows of ofKind) {
      if (skip > 0) {
        skip--
        continue
      }
      left -= costOf(rows) + (sections[kind] === undefined ? costOf(columns) : 0)
      if (records === MAX_RECORDS || left < 0) return { sections, records }
      sections[kind] ??= { columns, rows: [] }
      sections[kind].rows.push(...rows)
      records++
    }
  }
  return { sections, records }
}

/** Columns, and for each difference its rows. */
interface List {
  readonly columns: string[]
  readonly records: Iterable<Row[]>
}

const LISTS: Readonly<Record<Kind, (comparison: Comparison, length: number) => List>> = {
  different(comparison, length) {
    const { key = [] } = comparison
    function* records(): Generator<Row[]> {
      for (const difference of comparison.ofA()) {
        if (difference.change !== 'changed') continue
        const { before, after, fields } = difference
        const named = cellsOf(before, key, length)
        yield fields.map((name) => [
          ...named,
          name,
          ...shortPair(cellOf(before, name), cellOf(after, name), length),
        ])
      }
    }
    return { columns: [...key, 'column', 'a', 'b'], records: records() }
  },

  only_in_a(comparison, length) {
    const columns = tellingColumns(comparison)
    function* records(): Generator<Row[]> {
      for (const difference of comparison.ofA()) {
        if (difference.change === 'removed') yield [cellsOf(difference.values, columns, length)]
      }
    }
    return { columns, records: records() }
  },

  only_in_b(comparison, length) {
    const columns = tellingColumns(comparison)
    function* records(): Generator<Row[]> {
      for (const { values } of comparison.additions()) yield [cellsOf(values, columns, length)]
    }
    return { columns, records: records() }
  },

  duplicate_keys(comparison, length) {
    const { key = [] } = comparison
    function* records(): Generator<Row[]> {
      for (const one of comparison.duplicateKeys())
        yield [[...cellsOf(one.key, key, length), one.a, one.b]]
    }
    return { columns: [...key, 'a', 'b'], records: records() }
  },
}

/** The key and some columns more; without a key all that were compared. */
function tellingColumns({ key, columns }: Comparison): string[] {
  const names = columns.map(({ name }) => name)
  if (key === undefined) return names
  return [...key, ...names.filter((name) => !key.includes(name)).slice(0, MAX_TELLING)]
}

function cellsOf(values: Values, names: readonly string[], length: number): Row {
  return names.map((name) => shortCell(cellOf(values, name), length).value)
}
