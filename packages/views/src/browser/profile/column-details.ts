/** What is known about the values of one column. */
import type { Cell } from '../../protocol/cells.ts'
import type { ColumnProfile } from '../../protocol/profile.ts'
import { bars } from '../kit/bars.ts'
import { cellNode, visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { countText, percentText, plural, shareOf } from '../kit/numbers.ts'
import { sparkline } from '../kit/sparkline.ts'
import { factList } from './facts.ts'

export function columnDetails(column: ColumnProfile): HTMLElement {
  const sections = [
    section('Suspicious values', suspicious(column)),
    section('Values', factList(valueFacts(column))),
    section('Distribution', distribution(column)),
    isRepeated(column)
      ? section('Most frequent values', topValues(column))
      : section('Some of the values', someValues(column)),
  ]
  return h('div', { class: 'column-details' }, ...sections)
}

function section(title: string, content: Node | undefined): HTMLElement | undefined {
  return content && h('section', {}, h('h3', {}, title), content)
}

function valueFacts(column: ColumnProfile): [string, string][] {
  const { filled, empty, facts } = column
  const records = filled + empty
  return [
    [
      'filled',
      `${countText(filled)} of ${countText(records)}, ${percentText(shareOf(filled, records))}`,
    ],
    ['empty', countText(empty)],
    ...(column.distinct === undefined
      ? []
      : [['different values', distinctText(column)] as [string, string]]),
    ...facts.map(([label, text]): [string, string] => [label, text]),
  ]
}

/** Such as `about 4,000` or `120, each once`. */
function distinctText({ distinct, isDistinctEstimated, filled }: ColumnProfile): string {
  if (distinct === undefined) return ''
  if (isDistinctEstimated === true) return `about ${countText(distinct)}`
  const isUnique = distinct === filled && filled > 1
  return isUnique ? `${countText(distinct)}, each once` : countText(distinct)
}

/** Few parts are read one by one; many are seen as a shape. */
const MAX_LISTED_PARTS = 7

function distribution({ name, filled, histogram }: ColumnProfile): Node | undefined {
  if (histogram.length === 0) return undefined
  if (histogram.length <= MAX_LISTED_PARTS) {
    return bars({
      title: `Distribution of ${visibleText(name)}`,
      bars: histogram.map(({ label, count }) => ({
        label: visibleText(label),
        value: count,
        text: countText(count),
        note: percentText(shareOf(count, filled)),
      })),
    })
  }
  const most = histogram.reduce((a, b) => (b.count > a.count ? b : a))
  return sparkline({
    title: `Distribution of ${visibleText(name)}`,
    description: `${plural(histogram.length, 'part')}; the fullest, ${visibleText(most.label)}, has ${plural(most.count, 'value')}.`,
    titles: ['Values', 'Records'],
    points: histogram.map(({ label, count }) => ({ label: visibleText(label), count })),
  })
}

/** Values that occur once are not frequent. */
function isRepeated({ top }: ColumnProfile): boolean {
  return top.some(({ count }) => count > 1)
}

function someValues({ top }: ColumnProfile): Node | undefined {
  if (top.length === 0) return undefined
  return h('p', { class: 'examples' }, ...top.map(({ value }) => h('code', {}, exampleNode(value))))
}

function topValues({ name, filled, top, isDistinctEstimated }: ColumnProfile): Node | undefined {
  if (top.length === 0) return undefined
  // Where rare values were dropped, counts are lower bounds.
  const least = isDistinctEstimated === true ? '≥ ' : ''
  return bars({
    title: `Most frequent values of ${visibleText(name)}`,
    whole: filled,
    step: 10,
    bars: top.map(({ value, count }) => ({
      label: value === '' ? '""' : cellNode(value),
      value: count,
      text: `${least}${countText(count)}`,
      note: percentText(shareOf(count, filled)),
    })),
  })
}

function suspicious({ suspicious: found }: ColumnProfile): Node | undefined {
  if (found.length === 0) return undefined
  return h(
    'ul',
    { class: 'suspicious', role: 'list' },
    ...found.map(({ reason, count, examples }) =>
      h(
        'li',
        {},
        h('p', {}, h('strong', {}, plural(count, 'value')), `: ${visibleText(reason)}`),
        examples.length === 0
          ? undefined
          : h(
              'p',
              { class: 'examples' },
              ...examples.map((example) => h('code', {}, exampleNode(example))),
              count > examples.length ? '…' : undefined,
            ),
      ),
    ),
  )
}

/** As `cellNode`, with spaces at the ends visible too: they are what is wrong with many a value. */
function exampleNode(example: Cell): Node {
  if (typeof example !== 'string') return cellNode(example)
  const isSpace = (index: number) => example[index] === ' '
  let [from, to] = [0, example.length]
  while (from < to && isSpace(from)) from += 1
  while (to > from && isSpace(to - 1)) to -= 1
  const node = document.createDocumentFragment()
  node.append(
    spacesNode(from),
    example === '' ? '""' : cellNode(example.slice(from, to)),
    spacesNode(example.length - to),
  )
  return node
}

const MAX_SPACES = 6

function spacesNode(count: number): Node {
  if (count === 0) return document.createDocumentFragment()
  return h('span', { class: 'escape' }, '\\u0020'.repeat(Math.min(count, MAX_SPACES)))
}
