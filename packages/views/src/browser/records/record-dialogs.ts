/** Dialogs of records: open one, edit or insert one, and review what would be written. */
import type { RecordRow } from '../../protocol/records.ts'
import type { EditedValues, PreviewEditParams } from '../../protocol/requests.ts'
import { mountChanges } from '../changes/mount-changes.ts'
import type { Host } from '../host/host.ts'
import { cellBlock, isAbsent, rawText, visibleText } from '../kit/cell-text.ts'
import { openDialog } from '../kit/dialog.ts'
import { h } from '../kit/element.ts'
import { failureNode } from '../kit/load.ts'
import { button } from '../kit/toolbar.ts'
import type { Field } from './fields.ts'

export interface RecordActions {
  edit(): void
  remove(): void
}

/** All values of a record. Without actions it can only be read. */
export function openRecord(
  fields: readonly Field[],
  row: RecordRow,
  actions: RecordActions | undefined,
): void {
  const list = h('dl', { class: 'record' })
  for (const { title, type, value } of fields) {
    list.append(
      h('dt', {}, h('span', {}, visibleText(title)), h('span', { class: 'type' }, type)),
      h('dd', {}, cellBlock(value(row))),
    )
  }
  const then = (action: () => void) => () => {
    dialog.close()
    action()
  }
  const buttons = actions && [
    button(
      'Delete…',
      then(() => actions.remove()),
      { class: 'danger' },
    ),
    button(
      'Edit…',
      then(() => actions.edit()),
      { class: 'main' },
    ),
  ]
  const dialog = openDialog(`Record ${visibleText(row.id)}`, list, buttons && { actions: buttons })
}

/** Fields to fill in for a new record, or the values of one to change. Nothing is written yet. */
export function editRecord(
  fields: readonly Field[],
  row: RecordRow | undefined,
  preview: (values: EditedValues) => Promise<void>,
): void {
  const inputs = fields
    .filter(({ isColumn, value }) => isColumn && !(row && isAbsent(value(row))))
    .map((field) => editedField(field, row))
  const problem = h('div', {})
  const send = async () => {
    const changed = inputs.flatMap((input) => input.changed())
    if (changed.length === 0) {
      problem.replaceChildren(
        h('p', { class: 'notice warn', role: 'alert' }, 'No value has changed.'),
      )
      return
    }
    main.disabled = true
    try {
      await preview(Object.fromEntries(changed))
      dialog.close()
    } catch (error) {
      problem.replaceChildren(
        h(
          'div',
          { class: 'notice bad' },
          failureNode(error, () => void send()),
        ),
      )
    } finally {
      main.disabled = false
    }
  }
  const main = button('Preview…', () => void send(), { class: 'main' })
  const title = row === undefined ? 'Insert a record' : `Edit record ${visibleText(row.id)}`
  const body = h('div', { class: 'record-form' }, ...inputs.map(({ node }) => node), problem)
  const dialog = openDialog(title, body, {
    actions: [button('Cancel', () => dialog.close()), main],
  })
  body.querySelector('textarea')?.focus()
}

/** A text field with a box for no value. Only what differs from the record is sent. */
function editedField({ title, type, value }: Field, row: RecordRow | undefined) {
  const before = row === undefined ? null : value(row)
  const text = rawText(before)
  const area = h('textarea', { rows: Math.min(8, text.split('\n').length), 'aria-label': title })
  area.value = text
  const box = h('input', { type: 'checkbox', checked: before === null })
  area.addEventListener('input', () => {
    box.checked = false
  })
  box.addEventListener('change', () => {
    if (box.checked) area.value = ''
  })
  const node = h(
    'div',
    { class: 'record-field' },
    h('span', {}, visibleText(title), ' ', h('span', { class: 'type' }, type)),
    h('label', { class: 'dim' }, box, ' null'),
    area,
  )
  const changed = (): [string, string | null][] => {
    if (box.checked) return before === null ? [] : [[title, null]]
    return before !== null && area.value === text ? [] : [[title, area.value]]
  }
  return { node, changed }
}

/** Shows what would be written, to approve or to decline. */
export async function reviewEdit(
  host: Host,
  params: PreviewEditParams,
  onClose: () => void,
): Promise<void> {
  const { review } = await host.request('previewEdit', params)
  const body = h('div', { class: 'reviewed' })
  openDialog('Review the change', body, { isWide: true, onClose })
  mountChanges(body, host, { review })
}
