/** Rows on a terminal: a table if its columns fit, otherwise fewer columns or a block for each row. */
import type { Value } from '@chatlayer-tables/core'
import { printable } from '../printable.ts'
import { BlockRows } from './block-rows.ts'
import type { HiddenColumn, RowSink, SinkColumn } from './record-output.ts'
import { rich } from './styled.ts'
import { type TextCell, TextTable } from './text-table.ts'
import { displayValue, isNumeric } from './values.ts'
import type { Writer } from './writer.ts'

/** Number of rows that determine the layout. */
const MEASURED_ROWS = 200
/** Lines of the terminal that are kept for the prompt and the notes after the rows. */
const SPARE_LINES = 4

/**
 * The first rows are held to choose the layout. If columns with data would be omitted, and these are
 * all rows, they are written as blocks: always for a single row, for several as long as the blocks fit
 * on the screen.
 */
export class TerminalRows implements RowSink {
  readonly #writer: Writer
  readonly #columns: readonly SinkColumn[]
  readonly #table: TextTable
  #held: (readonly Value[])[] | undefined = []
  #blocks: BlockRows | undefined
  #count = 0
  hidden: readonly HiddenColumn[] = []

  constructor(writer: Writer, columns: readonly SinkColumn[]) {
    this.#writer = writer
    this.#columns = columns
    this.#table = new TextTable(columns.length, columns.map(roleOf))
  }

  async row(values: readonly Value[]): Promise<void> {
    if (this.#held === undefined) return this.#write(values)
    this.#held.push(values)
    const { vertical } = this.#writer.view
    if (vertical || this.#held.length >= MEASURED_ROWS) await this.#begin(false)
  }

  async end(): Promise<void> {
    await this.#begin(true)
  }

  async #begin(isComplete: boolean): Promise<void> {
    if (this.#held === undefined) return
    const held = this.#held
    this.#held = undefined
    const { vertical } = this.#writer.view
    if (!vertical) this.#measure(held)
    const losesData = this.hidden.some(({ role }) => role === undefined)
    if (vertical || (isComplete && losesData && this.#fitsAsBlocks(held))) {
      this.hidden = []
      this.#blocks = this.#blockRows()
    } else {
      await this.#writer.write(rich`${this.#table.line(this.#header())}\n`)
    }
    for (const values of held) await this.#write(values)
  }

  #measure(held: readonly (readonly Value[])[]): void {
    this.#table.widen(this.#header(), true)
    for (const values of held) this.#table.widen(this.#cells(values))
    this.hidden = this.#table.fit(this.#writer.width).flatMap((index) => {
      const column = this.#columns[index]
      return column === undefined ? [] : [{ name: column.name, role: roleOf(column) }]
    })
  }

  #fitsAsBlocks(held: readonly (readonly Value[])[]): boolean {
    if (held.length <= 1) return held.length === 1
    const room = this.#writer.height - SPARE_LINES
    if (held.length * (this.#columns.length + 1) - 1 > room) return false
    const blocks = this.#blockRows()
    const lines = held.map((values) => blocks.lines(this.#cells(values)).length + 1)
    return lines.reduce((sum, count) => sum + count, -1) <= room
  }

  #blockRows(): BlockRows {
    const names = this.#columns.map(({ name }) => printable(name))
    const { isTerminal, width, view } = this.#writer
    const room = isTerminal ? width : Number.POSITIVE_INFINITY
    return new BlockRows(names, { room, isWhole: view.vertical })
  }

  async #write(values: readonly Value[]): Promise<void> {
    const cells = this.#cells(values)
    if (this.#blocks === undefined) {
      return this.#writer.write(rich`${this.#table.line(cells)}\n`)
    }
    if (this.#count++ > 0) await this.#writer.write('\n')
    for (const line of this.#blocks.lines(cells)) await this.#writer.write(rich`${line}\n`)
  }

  #header(): TextCell[] {
    return this.#columns.map(({ name, type }) => ({
      text: printable(name),
      right: type === 'int' || type === 'numeric',
      style: 'bold' as const,
    }))
  }

  #cells(values: readonly Value[]): TextCell[] {
    return values.map((value, index) => ({
      text: displayValue(value),
      right: isNumeric(value, this.#columns[index]?.type),
      style: value === null ? ('dim' as const) : undefined,
    }))
  }
}

function roleOf({ name, type, role }: SinkColumn): SinkColumn['role'] {
  return role ?? (name === 'id' && type === undefined ? 'id' : undefined)
}
