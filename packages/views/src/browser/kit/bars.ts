/** Horizontal bars: a list of labels with a bar and a text for each. */
import './charts.css'
import { barScale } from './bar-scale.ts'
import { h } from './element.ts'
import { countText } from './numbers.ts'

export interface Bar {
  readonly label: Node | string
  /** Missing if there is no number; then only the text is shown. */
  readonly value?: number | undefined
  /** The value as text. */
  readonly text: Node | string
  /** A quieter text, such as the percentage. */
  readonly note?: string
}

export interface BarsOptions {
  /** What the bars show, for screen readers. */
  readonly title: string
  readonly bars: readonly Bar[]
  /** The value of a full bar (default: the greatest value). */
  readonly whole?: number
  /** Number of bars to show at first, and for each "Show more" (default: 50). */
  readonly step?: number
}

export function bars({ title, bars: all, whole, step = 50 }: BarsOptions): HTMLElement {
  const scale = barScale(
    all.map(({ value }) => value),
    whole,
  )
  const list = h('ul', { class: 'bars', role: 'list', 'aria-label': title })
  list.style.setProperty('--zero', `${scale.zero}%`)
  list.classList.toggle('bars-signed', scale.zero > 0)
  list.classList.toggle(
    'bars-noted',
    all.some(({ note }) => note !== undefined),
  )
  const rest = h('button', { type: 'button', class: 'bars-more' })
  let shown = 0
  const showMore = (): HTMLElement | undefined => {
    const added = all.slice(shown, shown + step).map((bar) => barItem(bar, scale))
    list.append(...added)
    shown += added.length
    rest.textContent = `Show ${countText(Math.min(step, all.length - shown))} more of ${countText(all.length - shown)}`
    rest.hidden = shown === all.length
    return added[0]
  }
  rest.addEventListener('click', () => {
    // The button may be gone: the first new line is where to read on.
    const first = showMore()
    first?.setAttribute('tabindex', '-1')
    first?.focus()
  })
  showMore()
  return h('div', { class: 'bars-box' }, list, rest)
}

function barItem(
  { label, value, text, note }: Bar,
  scale: ReturnType<typeof barScale>,
): HTMLElement {
  const track = h('span', { class: 'bar-track', 'aria-hidden': 'true' })
  if (value !== undefined) {
    const { start, width } = scale.span(value)
    const fill = h('span', { class: value < 0 ? 'bar-fill bar-negative' : 'bar-fill' })
    fill.hidden = value === 0
    fill.style.setProperty('left', `${start}%`)
    fill.style.setProperty('width', `${width}%`)
    track.append(fill)
  }
  return h(
    'li',
    {},
    h('span', { class: 'bar-label' }, label),
    track,
    h('span', { class: 'bar-text' }, text),
    note === undefined ? undefined : h('span', { class: 'bar-note' }, note),
  )
}
