/** The whole page of changes, from its parts. */
import type { ChangesFacts, ChangesParams } from '../../protocol/changes.ts'
import type { Host } from '../host/host.ts'
import { h } from '../kit/element.ts'
import { ChangesModel, type ModelEvent } from './changes-model.ts'
import { FilterBar } from './filter-bar.ts'
import { factList, headView, SetTabs } from './head-view.ts'
import { openHelp } from './help-dialog.ts'
import { ListBar } from './list-bar.ts'
import { loadRows } from './load-rows.ts'
import { ProblemsView } from './problems-view.ts'
import { RecordList } from './record-list.ts'
import { ReviewBar } from './review-bar.ts'
import { SummaryView } from './summary-view.ts'
import { UndoBar } from './undo-bar.ts'

/** `open` shows other changes in place of these. */
export function changesView(
  host: Host,
  facts: ChangesFacts,
  params: ChangesParams,
  open: (params: ChangesParams) => void,
): HTMLElement {
  const model = new ChangesModel(host, facts)
  const load = () => {
    if (model.set !== undefined) void loadRows(model, params, model.set)
  }
  const tabs = new SetTabs(model)
  const setFacts = h('div', { className: 'set-facts' })
  const summary = new SummaryView(model)
  const filters = new FilterBar(model)
  const listBar = new ListBar(model, load)
  const list = new RecordList(model)
  const problems = new ProblemsView(model)
  const bar = decisionBar(model, facts, params, open)
  const body = h(
    'div',
    { className: 'body' },
    tabs.element,
    setFacts,
    summary.element,
    problems.element,
    filters.element,
    listBar.element,
    list.element,
  )
  let drawn = -1
  const update = (event: ModelEvent) => {
    listBar.update()
    bar?.update()
    if (event === 'ticks') {
      list.updateTicks()
      return
    }
    summary.update()
    list.update(event === 'view')
    const rows = model.set?.table.rows ?? 0
    for (const part of [filters, listBar, list]) part.element.hidden = rows === 0
    if (event === 'rows') return
    tabs.update()
    filters.update()
    if (drawn === model.selected) return
    drawn = model.selected
    setFacts.replaceChildren(factList(model.set?.table.facts ?? []))
    problems.update()
    load()
  }
  model.onChange(update)
  update('view')
  const view = h('div', { className: 'changes' }, headView(model), body, bar?.element)
  listenToKeys(view, filters, list)
  return view
}

function decisionBar(
  model: ChangesModel,
  { review, undo }: ChangesFacts,
  params: ChangesParams,
  open: (params: ChangesParams) => void,
): ReviewBar | UndoBar | undefined {
  if (review !== undefined) return new ReviewBar(model, review, () => open(params))
  if (undo === undefined || model.host.kind === 'file') return undefined
  return new UndoBar(model, undo.changeSet, open)
}

/** Keys that work everywhere on the page but in fields. They end with the view. */
function listenToKeys(view: HTMLElement, filters: FilterBar, list: RecordList): void {
  const onKey = (event: KeyboardEvent) => {
    if (!view.isConnected) {
      document.removeEventListener('keydown', onKey)
      return
    }
    const { key, target } = event
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    const isField =
      target instanceof Element && target.matches('input:not([type=checkbox]), select, textarea')
    if (isField || document.querySelector('dialog[open]') !== null) return
    if (key === '/') filters.focusSearch()
    else if (key === '?') openHelp()
    else if (key === 'j' || key === 'k') list.focus()
    else return
    event.preventDefault()
  }
  document.addEventListener('keydown', onKey)
}
