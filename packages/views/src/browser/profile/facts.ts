import type { Fact } from '../../protocol/cells.ts'
import { visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'

/** Facts with their labels, next to each other as far as there is room. */
export function factList(facts: readonly Fact[]): HTMLElement {
  return h(
    'dl',
    { class: 'fact-list' },
    ...facts.map(([label, text]) =>
      h('div', {}, h('dt', {}, visibleText(label)), h('dd', {}, visibleText(text))),
    ),
  )
}
