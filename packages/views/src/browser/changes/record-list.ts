/** A list of records that draws only those in sight, so that 50,000 scroll as 50 do. */
import type { ChangeRow } from '../../protocol/changes.ts'
import { h } from '../kit/element.ts'
import type { ChangesModel } from './changes-model.ts'
import { openRecord } from './record-dialog.ts'
import { itemHeight, itemNode } from './record-item.ts'
import { ItemHeights } from './rules/item-heights.ts'

/** Browsers draw elements that are higher than some 17 million pixels wrongly. */
const MAX_HEIGHT = 8_000_000
const NARROW = 640
/** Drawn above and below the visible part. */
const OVERSCAN = 300

export class RecordList {
  readonly element: HTMLElement
  readonly #viewport: HTMLElement
  readonly #space: HTMLElement
  readonly #model: ChangesModel
  readonly #headings: HTMLElement
  readonly #items = new Map<number, HTMLElement>()
  #heights = new ItemHeights(0, () => 0)
  #rows: readonly ChangeRow[] = []
  #isNarrow = false
  #active = 0

  constructor(model: ChangesModel) {
    this.#model = model
    this.#space = h('div', { className: 'space', role: 'feed', ariaLabel: 'Changed records' })
    this.#viewport = h('div', { className: 'viewport', tabIndex: -1 }, this.#space)
    this.#viewport.addEventListener('scroll', () => this.#draw())
    this.#viewport.addEventListener('keydown', (event) => this.#onKey(event))
    this.#space.addEventListener('focusin', (event) => this.#onFocus(event))
    this.#space.addEventListener('click', ({ target }) => {
      if (target instanceof Element && target.closest('button.name')) this.#openAt(target)
    })
    this.#headings = h('div', { className: 'headings', ariaHidden: 'true' })
    this.element = h('div', { className: 'records' }, this.#headings, this.#viewport)
    new ResizeObserver(() => this.#onResize()).observe(this.element)
  }

  /** Draws what the model shows now; `reset` if it shows other rows than before, and not only more. */
  update(reset: boolean): void {
    const { set, shown } = this.#model
    this.#rows = shown
    this.#heights = new ItemHeights(shown.length, (index) => {
      const row = shown[index]
      return row === undefined || set === undefined
        ? 0
        : itemHeight(this.#model, set, row, this.#isNarrow)
    })
    this.element.classList.toggle('narrow', this.#isNarrow)
    this.element.classList.toggle('no-ticks', this.#model.tickMode === 'none')
    this.#space.style.height = `${this.#spaceHeight}px`
    if (reset) {
      this.#headings.replaceChildren(...headings(this.#model))
      this.#active = 0
      this.#viewport.scrollTop = 0
    }
    this.redraw()
  }

  /** Draws the visible items again, since their ticks have changed. */
  redraw(): void {
    const hadFocus = this.#space.contains(document.activeElement)
    for (const item of this.#items.values()) item.remove()
    this.#items.clear()
    this.#draw()
    if (hadFocus) this.#items.get(this.#active)?.focus({ preventScroll: true })
  }

  /** Shows the ticks of the visible items without drawing them again. */
  updateTicks(): void {
    for (const [index, item] of this.#items) {
      const row = this.#rows[index]
      const box = item.querySelector<HTMLInputElement>('.tick input')
      if (row === undefined || box === null) continue
      box.checked = this.#model.set?.ticks.has(row.index) ?? false
      box.disabled = !this.#model.canTick(row)
    }
  }

  focus(): void {
    this.#moveTo(this.#active)
  }

  get #spaceHeight(): number {
    return Math.min(this.#heights.total, MAX_HEIGHT)
  }

  /** Pixels of items for each pixel of scrolling, beyond what the viewport shows. */
  get #scale(): number {
    const height = this.#viewport.clientHeight
    return Math.max(1, (this.#heights.total - height) / Math.max(1, this.#spaceHeight - height))
  }

  #onResize(): void {
    const isNarrow = this.element.clientWidth < NARROW
    if (isNarrow === this.#isNarrow) {
      this.#draw()
      return
    }
    this.#isNarrow = isNarrow
    this.update(false)
  }

  #draw(): void {
    const { scrollTop, clientHeight } = this.#viewport
    const top = scrollTop * this.#scale
    const shift = top - scrollTop
    const first = this.#heights.at(top - OVERSCAN)
    const last = this.#heights.at(top + clientHeight + OVERSCAN)
    for (const [index, item] of this.#items) {
      const isKept = index === this.#active && item.contains(document.activeElement)
      if ((index < first || index > last) && !isKept) {
        item.remove()
        this.#items.delete(index)
      }
    }
    for (let index = first; index <= last; index += 1) this.#add(index)
    for (const [index, item] of this.#items)
      item.style.transform = `translateY(${this.#heights.start(index) - shift}px)`
  }

  #add(index: number): void {
    const { set } = this.#model
    const row = this.#rows[index]
    if (row === undefined || set === undefined || this.#items.has(index)) return
    const item = itemNode(this.#model, set, row, this.#isNarrow)
    item.style.height = `${this.#heights.start(index + 1) - this.#heights.start(index)}px`
    item.tabIndex = index === this.#active ? 0 : -1
    item.ariaPosInSet = String(index + 1)
    item.ariaSetSize = String(this.#rows.length)
    item.dataset.position = String(index)
    // In the order of the list, which screen readers follow.
    let next: HTMLElement | null = null
    let nextIndex = Number.POSITIVE_INFINITY
    for (const [other, element] of this.#items) {
      if (other > index && other < nextIndex) {
        next = element
        nextIndex = other
      }
    }
    this.#space.insertBefore(item, next)
    this.#items.set(index, item)
  }

  #onFocus(event: FocusEvent): void {
    const index = positionOf(event.target)
    if (index === undefined || index === this.#active) return
    const before = this.#items.get(this.#active)
    if (before !== undefined) before.tabIndex = -1
    this.#active = index
    const item = this.#items.get(index)
    if (item !== undefined) item.tabIndex = 0
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const page = Math.max(
      1,
      this.#heights.at(this.#top + this.#viewport.clientHeight) - this.#heights.at(this.#top),
    )
    const moves: Readonly<Record<string, number>> = {
      j: this.#active + 1,
      ArrowDown: this.#active + 1,
      k: this.#active - 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + page,
      PageUp: this.#active - page,
      Home: 0,
      End: this.#rows.length - 1,
    }
    const index = moves[event.key]
    const row = this.#rows[this.#active]
    if (index !== undefined) this.#moveTo(index)
    else if (event.key === ' ' && row !== undefined)
      this.#model.tick([row], !this.#model.set?.ticks.has(row.index))
    else if (event.key === 'Enter') this.#openAt(event.target)
    else return
    event.preventDefault()
  }

  get #top(): number {
    return this.#viewport.scrollTop * this.#scale
  }

  #moveTo(index: number): void {
    if (this.#rows.length === 0) return
    const target = Math.max(0, Math.min(this.#rows.length - 1, index))
    const start = this.#heights.start(target)
    const end = this.#heights.start(target + 1)
    const height = this.#viewport.clientHeight
    if (start < this.#top) this.#viewport.scrollTop = start / this.#scale
    else if (end > this.#top + height)
      this.#viewport.scrollTop = Math.ceil((end - height) / this.#scale)
    this.#draw()
    this.#add(target)
    this.#draw()
    this.#items.get(target)?.focus({ preventScroll: true })
  }

  #openAt(target: EventTarget | null): void {
    const index = positionOf(target)
    const row = index === undefined ? undefined : this.#rows[index]
    const { set } = this.#model
    if (row !== undefined && set !== undefined) openRecord(set, row)
  }
}

function positionOf(target: EventTarget | null): number | undefined {
  const item = target instanceof Element ? target.closest<HTMLElement>('article') : null
  return item === null ? undefined : Number(item.dataset.position)
}

function headings({ set }: ChangesModel): Node[] {
  const [before, after] = set?.table.sides ?? ['before', 'after']
  return [
    h('span', { className: 'tick' }),
    h('span', {}, 'record'),
    h('span', {}, 'column'),
    h('span', {}, before),
    h('span', {}, after),
  ]
}
