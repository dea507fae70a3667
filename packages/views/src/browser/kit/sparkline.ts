/** Upright bars: a histogram, or a sparkline of what happened over time. Its numbers are in a table. */
import './charts.css'
import { h } from './element.ts'
import { countText } from './numbers.ts'
import { svg } from './svg.ts'

export interface Sparkline {
  readonly title: string
  /** One sentence that says what is to be seen. */
  readonly description: string
  /** Titles of the table of numbers. */
  readonly titles: readonly [label: string, count: string]
  readonly points: readonly { readonly label: string; readonly count: number }[]
  /** Texts below the first and the last column (default: their labels). */
  readonly ends?: readonly [first: string, last: string]
}

const WIDTH = 240
const HEIGHT = 48
/** A few columns do not fill the width: a block says nothing. */
const MAX_STEP = 30
/** Any number that is not 0 is seen. */
const MIN_HEIGHT = 1.5

let created = 0

export function sparkline(options: Sparkline): HTMLElement {
  const { points, ends = [points[0]?.label ?? '', points.at(-1)?.label ?? ''] } = options
  return h(
    'figure',
    { class: 'sparkline' },
    drawing(options),
    h(
      'figcaption',
      {
        class: points.length * MAX_STEP < WIDTH ? 'spark-ends spark-few' : 'spark-ends',
        'aria-hidden': 'true',
      },
      h('span', {}, ends[0]),
      points.length > 1 ? h('span', {}, ends[1]) : undefined,
    ),
    numbers(options),
  )
}

function drawing({ title, description, points }: Sparkline): SVGElement {
  created += 1
  const [titleId, descriptionId] = [`spark-${created}-title`, `spark-${created}-text`]
  const most = Math.max(1, ...points.map(({ count }) => count))
  const step = Math.min(MAX_STEP, WIDTH / Math.max(1, points.length))
  const gap = Math.min(2, step / 4)
  return svg(
    'svg',
    {
      role: 'img',
      'aria-labelledby': titleId,
      'aria-describedby': descriptionId,
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
    },
    svg('title', { id: titleId }, title),
    svg('desc', { id: descriptionId }, description),
    svg('line', { class: 'spark-line', x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }),
    ...points.map(({ label, count }, index) => {
      const height = count <= 0 ? 0 : Math.max(MIN_HEIGHT, (count / most) * HEIGHT)
      return svg(
        'rect',
        { x: index * step + gap / 2, y: HEIGHT - height, width: step - gap, height },
        svg('title', {}, `${label}: ${countText(count)}`),
      )
    }),
  )
}

function numbers({ titles, points }: Sparkline): HTMLElement {
  const title = (text: string) => h('th', { scope: 'col' }, text)
  const details = h('details', { class: 'spark-numbers' }, h('summary', {}, 'Numbers'))
  // Built when it is opened: a page of 200 columns has thousands of lines of them.
  details.addEventListener('toggle', () => {
    if (details.querySelector('table') !== null) return
    details.append(
      h(
        'table',
        {},
        h('thead', {}, h('tr', {}, title(titles[0]), title(titles[1]))),
        h(
          'tbody',
          {},
          ...points.map(({ label, count }) =>
            h('tr', {}, h('th', { scope: 'row' }, label), h('td', {}, countText(count))),
          ),
        ),
      ),
    )
  })
  return details
}
