/** A table of any number of rows, of which only those in sight are elements. */
import { h } from './element.ts'
import { bodyRow, headRow } from './grid-cells.ts'
import { columnWidth, type GridColumn, TICK_WIDTH } from './grid-columns.ts'
import { bodyHeight, ROW_HEIGHT, rowsInSight, scrollTopFor } from './grid-rows.ts'

export type { GridColumn } from './grid-columns.ts'

/** Rows that decide the widths of columns. */
const MAX_SAMPLES = 30

export interface GridRows<Row> {
  readonly length: number
  /** Nothing while the row is being fetched. */
  row(index: number): Row | undefined
  /** Called with the rows in sight, `to` not included, to fetch them. */
  ensure?(from: number, to: number): void
}

export interface GridSort {
  readonly column: string
  readonly descending: boolean
}

export interface GridOptions<Row> {
  /** Name for screen readers. */
  readonly label: string
  readonly columns: readonly GridColumn<Row>[]
  readonly rows: GridRows<Row>
  readonly sort?: GridSort
  /** Called with the next sort when a header is pressed. Without it headers are texts. */
  onSort?(sort: GridSort | undefined): void
  /** Called by a click on a row, and by Enter. */
  onOpen?(row: Row, index: number): void
  /** Boxes before the rows. */
  readonly ticks?: GridTicks<Row>
  rowClass?(row: Row): string
}

export interface GridTicks<Row> {
  isTicked(row: Row, index: number): boolean
  canTick?(row: Row, index: number): boolean
  onTick(row: Row, index: number): void
  /** Such as `Select record 12`. */
  label(row: Row, index: number): string
  /** A box in the header. */
  readonly all?: { isTicked(): boolean; onTick(): void; readonly label: string }
}

export interface Grid<Row> {
  readonly element: HTMLElement
  /** Draws again, after rows or ticks have changed. */
  update(): void
  setColumns(columns: readonly GridColumn<Row>[]): void
  setHidden(keys: ReadonlySet<string>): void
  setSort(sort: GridSort | undefined): void
  scrollToRow(index: number): void
  /** Focuses the current cell. */
  focus(): void
}

/** Keys that move the current cell, by rows and columns. `page` is the number of rows in sight. */
const MOVES: Readonly<Record<string, (page: number) => readonly [rows: number, columns: number]>> =
  {
    ArrowDown: () => [1, 0],
    ArrowUp: () => [-1, 0],
    ArrowLeft: () => [0, -1],
    ArrowRight: () => [0, 1],
    PageDown: (page) => [page, 0],
    PageUp: (page) => [-page, 0],
    Home: () => [0, Number.NEGATIVE_INFINITY],
    End: () => [0, Number.POSITIVE_INFINITY],
  }

export function createGrid<Row>(options: GridOptions<Row>): Grid<Row> {
  return new VirtualGrid(options)
}

class VirtualGrid<Row> implements Grid<Row> {
  readonly element: HTMLElement
  readonly #head = h('div', { class: 'grid-head', role: 'rowgroup' })
  readonly #body = h('div', { class: 'grid-body', role: 'rowgroup' })
  readonly #drawn = new Map<number, HTMLElement>()
  readonly #options: GridOptions<Row>
  /** Where the keyboard is. Row -1 is the header. */
  readonly #place = { row: -1, column: 0 }
  #columns: readonly GridColumn<Row>[]
  #widths = new Map<string, number>()
  #hidden: ReadonlySet<string> = new Set()
  #sort: GridSort | undefined
  #isDrawing = false

  constructor(options: GridOptions<Row>) {
    this.#options = options
    this.#columns = options.columns
    this.#sort = options.sort
    this.element = h(
      'div',
      { class: 'grid', role: 'grid', 'aria-label': options.label },
      this.#head,
      this.#body,
    )
    this.element.addEventListener('scroll', () => this.#drawSoon(), { passive: true })
    this.element.addEventListener('keydown', (event) => this.#onKey(event))
    this.#body.addEventListener('click', (event) => this.#onClick(event))
    this.element.addEventListener('focusin', (event) => this.#onFocus(event))
    new ResizeObserver(() => this.#drawSoon()).observe(this.element)
    this.update()
  }

  update(): void {
    const hadFocus = this.element.contains(document.activeElement)
    const { length } = this.#options.rows
    this.element.setAttribute('aria-rowcount', String(length + 1))
    this.#place.row = Math.min(this.#place.row, length - 1)
    this.#setWidths()
    this.#drawHead()
    for (const row of this.#drawn.values()) row.remove()
    this.#drawn.clear()
    this.#body.style.height = `${bodyHeight(length)}px`
    this.#draw()
    if (hadFocus) this.focus()
  }

  setColumns(columns: readonly GridColumn<Row>[]): void {
    this.#columns = columns
    this.#widths = new Map()
    this.update()
  }

  setHidden(keys: ReadonlySet<string>): void {
    this.#hidden = keys
    this.#place.column = 0
    this.update()
  }

  setSort(sort: GridSort | undefined): void {
    this.#sort = sort
    const hadFocus = this.#head.contains(document.activeElement)
    this.#drawHead()
    if (hadFocus) this.focus()
  }

  scrollToRow(index: number): void {
    const { scrollTop } = this.element
    this.element.scrollTop = scrollTopFor(index, this.#options.rows.length, scrollTop, this.#view)
    this.#draw()
  }

  focus(): void {
    this.#target()?.focus({ preventScroll: true })
  }

  get #visible(): GridColumn<Row>[] {
    return this.#columns.filter(({ key }) => !this.#hidden.has(key))
  }

  /** Height of the rows in sight; before the grid is in the page, its largest. */
  get #view(): number {
    return Math.max(ROW_HEIGHT, (this.element.clientHeight || 900) - ROW_HEIGHT)
  }

  /** Widths are decided by the first rows that are there, and then kept. */
  #setWidths(): void {
    const { rows, ticks } = this.#options
    const indexes = Array.from({ length: Math.min(rows.length, MAX_SAMPLES) }, (_, index) => index)
    const samples = indexes.map((index) => rows.row(index)).filter((row) => row !== undefined)
    const visible = this.#visible
    const widths = visible.map((column) => {
      const width = this.#widths.get(column.key) ?? columnWidth(column, samples)
      if (samples.length > 0) this.#widths.set(column.key, width)
      return width
    })
    const tracks = widths.map((width) => `minmax(${width}px, ${width}fr)`)
    if (ticks !== undefined) {
      widths.unshift(TICK_WIDTH)
      tracks.unshift(`${TICK_WIDTH}px`)
    }
    const total = widths.reduce((sum, width) => sum + width, 0)
    this.element.style.setProperty('--columns', tracks.join(' '))
    this.element.setAttribute('aria-colcount', String(widths.length))
    for (const part of [this.#head, this.#body]) part.style.minWidth = `${total}px`
  }

  #drawHead(): void {
    this.#head.replaceChildren(headRow(this.#options, this.#visible, this.#sort))
    this.#setTabStop()
  }

  #drawSoon(): void {
    if (this.#isDrawing) return
    this.#isDrawing = true
    requestAnimationFrame(() => {
      this.#isDrawing = false
      this.#draw()
    })
  }

  /** Makes the rows in sight, and the one with the focus, the only elements. */
  #draw(): void {
    const { rows } = this.#options
    const { from, to, shift } = rowsInSight(rows.length, this.element.scrollTop, this.#view)
    rows.ensure?.(from, to)
    const isWanted = (index: number) => (index >= from && index < to) || index === this.#place.row
    for (const [index, row] of this.#drawn) {
      if (isWanted(index)) continue
      row.remove()
      this.#drawn.delete(index)
    }
    const visible = this.#visible
    const wanted = Array.from({ length: Math.max(0, to - from) }, (_, step) => from + step)
    if (this.#place.row >= 0 && !wanted.includes(this.#place.row)) wanted.push(this.#place.row)
    for (const index of wanted.toSorted((a, b) => a - b)) {
      if (!this.#drawn.has(index)) this.#insert(index, bodyRow(this.#options, visible, index))
    }
    for (const [index, row] of this.#drawn) row.style.top = `${index * ROW_HEIGHT - shift}px`
    this.#setTabStop()
  }

  /** In the order of rows, which screen readers follow. */
  #insert(index: number, row: HTMLElement): void {
    const after = [...this.#drawn.keys()].filter((other) => other > index)
    const next = after.length === 0 ? undefined : this.#drawn.get(Math.min(...after))
    this.#body.insertBefore(row, next ?? null)
    this.#drawn.set(index, row)
  }

  /** The element of the current cell that takes the focus: its box or button, otherwise the cell. */
  #target(): HTMLElement | undefined {
    const { row, column } = this.#place
    const line = row < 0 ? this.#head.firstElementChild : this.#drawn.get(row)
    const cell = line?.children[column]
    if (!(cell instanceof HTMLElement)) return undefined
    return cell.querySelector<HTMLElement>('button, input') ?? cell
  }

  #setTabStop(): void {
    for (const old of this.element.querySelectorAll<HTMLElement>('[tabindex="0"]'))
      old.tabIndex = -1
    const target = this.#target()
    if (target !== undefined) target.tabIndex = 0
  }

  #onKey(event: KeyboardEvent): void {
    const { row } = this.#place
    const content = row < 0 ? undefined : this.#options.rows.row(row)
    if (event.altKey) return
    if (event.key === 'Enter' && content !== undefined) this.#options.onOpen?.(content, row)
    else if (event.key === ' ' && content !== undefined) this.#tick(content, row)
    else if (!this.#move(event)) return
    event.preventDefault()
  }

  #tick(content: Row, row: number): void {
    const { ticks } = this.#options
    if (ticks?.canTick?.(content, row) ?? true) ticks?.onTick(content, row)
  }

  #move(event: KeyboardEvent): boolean {
    const step = MOVES[event.key]?.(Math.max(1, Math.floor(this.#view / ROW_HEIGHT) - 1))
    if (step === undefined) return false
    const isFar = event.ctrlKey || event.metaKey
    const [rows, columns] = step
    const far = isFar && columns === 0 ? Math.sign(rows) * Number.POSITIVE_INFINITY : rows
    const edge = isFar && !Number.isFinite(columns) ? columns : far
    const last = this.#visible.length - (this.#options.ticks === undefined ? 1 : 0)
    this.#place.row = clamp(this.#place.row + edge, -1, this.#options.rows.length - 1)
    this.#place.column = clamp(this.#place.column + columns, 0, last)
    if (this.#place.row >= 0) this.scrollToRow(this.#place.row)
    else this.#draw()
    this.focus()
    this.#target()?.closest('.grid-cell')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    return true
  }

  #onClick(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target : undefined
    if (target === undefined || target.closest('input, button, .tick') !== null) return
    const index = Number(target.closest<HTMLElement>('.grid-row')?.dataset.index ?? -1)
    const content = index < 0 ? undefined : this.#options.rows.row(index)
    // Selecting text with the mouse also ends with a click.
    if (content !== undefined && getSelection()?.isCollapsed) this.#options.onOpen?.(content, index)
  }

  #onFocus(event: FocusEvent): void {
    const cell = event.target instanceof Element ? event.target.closest('.grid-cell') : null
    const line = cell?.closest<HTMLElement>('.grid-row')
    if (!cell || !line) return
    this.#place.row = Number(line.dataset.index ?? -1)
    this.#place.column = [...line.children].indexOf(cell)
    this.#setTabStop()
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value))
}
