/** The result of `clt import --check` as a page: problems by row and cell, and what would be written. */
import type { Column, Values } from '@chatlayer-tables/core'
import type { CheckReport, RowProblem as FileProblem, RowPlace } from '@chatlayer-tables/transfer'
import { type ChangeRow, type EmbeddedData, type RowProblem, toCell } from '@chatlayer-tables/views'
import { planText } from '../jobs/import-output.ts'
import { formatCount, plural } from '../output/progress.ts'
import { RowBudget } from './row-budget.ts'

/** Problems listed on the page. */
const MAX_PROBLEMS = 10_000

/** Collects problems and rows while a file is checked. */
export class CheckPage {
  readonly #columns: readonly Column[]
  readonly #budget = new RowBudget()
  readonly #rows: ChangeRow[] = []
  readonly #problems: RowProblem[] = []
  readonly #lines = new Set<number>()

  constructor(columns: readonly Column[]) {
    this.#columns = columns
  }

  problem({ line, column, value, reason, fix }: FileProblem, place: RowPlace): void {
    this.#lines.add(line)
    if (this.#problems.length >= MAX_PROBLEMS) return
    this.#problems.push({
      ...{ place: `${place} ${line}`, reason },
      ...(column !== undefined && { column }),
      ...(value !== undefined && { value }),
      ...(fix !== undefined && { fix }),
    })
  }

  /** Adds a valid row. */
  row(values: Values): void {
    if (this.#budget.isSpent) {
      this.#budget.omit(1)
      return
    }
    const after = this.#columns.map(({ name }) => toCell(values[name]))
    const row: ChangeRow = { index: this.#rows.length, kind: 'inserted', after }
    if (this.#budget.take(row)) this.#rows.push(row)
  }

  data(report: CheckReport): EmbeddedData {
    const { table, version, file, mode, plan, problems, notes, absentColumns } = report
    // By key, a row may be an update or nothing to do; the check keeps only hashes of records.
    const rows = mode === 'insert' ? this.#rows : []
    const { inserts, updates, deletes, unchanged } = plan
    const counts = { inserted: inserts, updated: updates, deleted: deletes, unchanged }
    return {
      changes: {
        title: `Check of ${file} for "${table}" (${version})`,
        facts: [
          ['file', `${file}: ${formatCount(report.read)} rows read`],
          ['mode', mode],
          ['problems', formatCount(problems)],
          ['an import would do', planText(plan)],
          ...notes.map((note) => ['note', note] as const),
          ...(absentColumns.length === 0
            ? []
            : [['null in new records', absentColumns.join(', ')] as const]),
        ],
        remarks: this.#remarks(report),
        sets: [
          {
            ...{ table, version, columns: this.#columns, rows: rows.length },
            counts: { ...counts, rejected: this.#lines.size },
            ...{ problems: this.#problems, facts: [] },
          },
        ],
      },
      changeRows: [{ rows }],
    }
  }

  #remarks({ brokenOff, problems, mode }: CheckReport): string[] {
    const hidden = problems - this.#problems.length
    return [
      'Nothing was written.',
      ...(brokenOff === undefined
        ? []
        : [`The file was not read to its end: ${brokenOff.message}`]),
      ...(hidden > 0 ? [`${plural(hidden, 'more problem')} are not on this page.`] : []),
      ...(mode === 'insert'
        ? this.#budget.remarks('rows')
        : ['The page has no rows, since records are compared by hashes with --key.']),
    ]
  }
}
