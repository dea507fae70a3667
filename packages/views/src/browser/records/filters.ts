/** The panel that adds a filter, and the chips of those in use. */
import { FILTER_OPERATORS, type FilterOperator, type RecordFilter } from '../../protocol/records.ts'
import { visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import { button } from '../kit/toolbar.ts'
import type { Field } from './fields.ts'

const OPERATOR_TEXTS: Readonly<Record<FilterOperator, string>> = {
  equals: 'is',
  differs: 'is not',
  contains: 'contains',
  starts: 'starts with',
  more: 'is more than',
  less: 'is less than',
  empty: 'is empty',
  filled: 'is not empty',
}

const WITHOUT_VALUE: ReadonlySet<string> = new Set(['empty', 'filled'])

export function filterForm(
  fields: readonly Field[],
  add: (filter: RecordFilter) => void,
): HTMLElement {
  const options = fields.flatMap(({ name, title }) =>
    name === undefined ? [] : [h('option', { value: name }, visibleText(title))],
  )
  const column = h('select', { 'aria-label': 'Column' }, ...options)
  const operator = h(
    'select',
    { 'aria-label': 'Condition' },
    ...FILTER_OPERATORS.map((value) => h('option', { value }, OPERATOR_TEXTS[value])),
  )
  const value = h('input', { type: 'text', 'aria-label': 'Value', placeholder: 'Value' })
  operator.addEventListener('change', () => {
    value.hidden = WITHOUT_VALUE.has(operator.value)
  })
  const firstColumn = fields.find(({ isColumn }) => isColumn)?.name
  if (firstColumn !== undefined) column.value = firstColumn
  const submit = () =>
    add({
      column: column.value,
      operator: operator.value as FilterOperator,
      ...(!value.hidden && { value: value.value }),
    })
  const form = h('div', { class: 'filter-form' }, column, operator, value)
  form.append(button('Add filter', submit, { class: 'main' }))
  // Forms cannot be submitted in the sandbox of an assistant's host.
  value.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') submit()
  })
  return form
}

export function filterChips(
  filters: readonly RecordFilter[],
  remove: (filter: RecordFilter) => void,
): HTMLElement[] {
  return filters.map((filter) => {
    const { column, operator, value } = filter
    const words = [OPERATOR_TEXTS[operator], ...(value === undefined ? [] : [visibleText(value)])]
    const text = `${visibleText(column)} ${words.join(' ')}`
    return h(
      'span',
      { class: 'chip' },
      h(
        'span',
        { class: 'chip-text', title: text },
        h('b', {}, visibleText(column)),
        ` ${words.join(' ')}`,
      ),
      button('', () => remove(filter), {
        class: 'icon close',
        'aria-label': `Remove filter: ${text}`,
      }),
    )
  })
}
