/** The second step of an approval that deletes records or writes to LIVE. */
import { CHANGE_KINDS, type ChangeKind } from '../../protocol/changes.ts'
import { visibleText } from '../kit/cell-text.ts'
import { h } from '../kit/element.ts'
import type { ChangeSet, ChangesModel } from './changes-model.ts'
import { actionText } from './rules/review-words.ts'

export interface StepActions {
  confirm(): void
  cancel(): void
}

/** What will happen, with buttons; nothing if the approval needs no second step. */
export function confirmStep(model: ChangesModel, actions: StepActions): HTMLElement | undefined {
  const sets = model.sets.map((set) => ({ set, counts: tickedCounts(set) }))
  const isLive = sets.some(({ set, counts }) => set.table.version === 'LIVE' && sum(counts) > 0)
  const deletes = sets.reduce((total, { counts }) => total + counts.deleted, 0)
  if (!isLive && deletes === 0) return undefined
  const step = h(
    'div',
    { className: 'confirm', role: 'group', ariaLabel: 'Confirm the approval', tabIndex: -1 },
    h(
      'strong',
      {},
      isLive ? 'This changes LIVE, which users see at once.' : 'This deletes records.',
    ),
    h(
      'ul',
      {},
      ...sets
        .filter(({ counts }) => sum(counts) > 0)
        .map(({ set, counts }) => h('li', {}, sentence(set, counts))),
    ),
    h(
      'div',
      { className: 'confirm-buttons' },
      h('button', { type: 'button', onclick: actions.cancel }, 'Back'),
      h(
        'button',
        {
          type: 'button',
          className: 'danger',
          onclick: ({ detail }) => detail < 2 && actions.confirm(),
        },
        deletes === 0
          ? 'Yes, write to LIVE'
          : isLive
            ? 'Yes, delete and write to LIVE'
            : 'Yes, delete',
      ),
    ),
  )
  step.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') actions.cancel()
  })
  return step
}

function sentence({ table }: ChangeSet, counts: Readonly<Record<ChangeKind, number>>): string {
  const text = actionText(counts, visibleText(table.table), table.version)
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`
}

/** Ticked changes by kind. Rows that are not loaded count as ticked, as they are. */
function tickedCounts({ table, rows, ticks }: ChangeSet): Readonly<Record<ChangeKind, number>> {
  const counts = { ...table.counts }
  if (!ticks.isAll) {
    for (const row of rows) if (!ticks.has(row.index)) counts[row.kind] -= 1
  }
  return counts
}

function sum(counts: Readonly<Record<ChangeKind, number>>): number {
  return CHANGE_KINDS.reduce((total, kind) => total + counts[kind], 0)
}
