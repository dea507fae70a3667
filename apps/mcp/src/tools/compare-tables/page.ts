/** The differences of one page, as small tables: keys, and only what differs. */
import type { Values } from '@chatlayer-tables/core'
import { Turns } from '@chatlayer-tables/files/turns'
import type { Comparison } from '@chatlayer-tables/transfer'
import { cellOf, shortPair } from '../../preview/cell.ts'
import { lengthsFrom, shortCell } from '../../result/cells.ts'
import { largestSize } from '../../result/fit-result.ts'
import type { Data } from '../../result/marked.ts'
import { KINDS, type Kind } from './definition.ts'

type Row = unknown[]

interface Section {
  readonly columns: string[]
  readonly rows: Row[]
}

type Sections = Partial<Readonly<Record<Kind, Section>>>

/** One difference: the rows of a record in the section of its kind. */
interface Difference {
  readonly kind: Kind
  readonly columns: string[]
  readonly rows: readonly Row[]
}

/** Differences on a page. */
const MAX_RECORDS = 1_000

/** Characters shown of a value. */
const CELL_LENGTH = 120

/** Columns shown of a record that only one table has, besides its key. */
const MAX_TELLING = 3

interface PageOptions<Result> {
  /** Differences on earlier pages. */
  readonly offset: number
  /** Of the whole result. */
  readonly tokens: number
  /** The whole result with some differences. */
  readonly render: (sections: Sections, records: number) => Result
}

/**
 * The result with the differences that fit, with long values cut as far as needed to show one; undefined
 * where that is not enough.
 */
export async function fitPage<Result extends Data>(
  comparison: Comparison,
  { offset, tokens, render }: PageOptions<Result>,
): Promise<Result | undefined> {
  for (const length of lengthsFrom(CELL_LENGTH)) {
    const found = await differencesAfter(comparison, offset, length)
    const first = (size: number) => render(sectionsOf(found.slice(0, size)), size)
    const shown = await largestSize(tokens, { min: 0, max: found.length, render: first })
    if (shown !== undefined && (shown > 0 || found.length === 0)) return first(shown)
  }
  return undefined
}

async function differencesAfter(
  comparison: Comparison,
  offset: number,
  length: number,
): Promise<Difference[]> {
  const turns = new Turns()
  const found: Difference[] = []
  let skip = offset
  for (const kind of KINDS) {
    const { columns, records } = LISTS[kind](comparison, length)
    for (const rows of records) {
      if (turns.isDue) await turns.pass()
      if (skip-- > 0) continue
      found.push({ kind, columns, rows })
      if (found.length === MAX_RECORDS) return found
    }
  }
  return found
}

function sectionsOf(differences: readonly Difference[]): Sections {
  const sections: Partial<Record<Kind, Section>> = {}
  for (const { kind, columns, rows } of differences) {
    sections[kind] ??= { columns, rows: [] }
    sections[kind].rows.push(...rows)
  }
  return sections
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
