/** A modal dialog over the page. */
import { type Child, h } from './element.ts'

export interface DialogOptions {
  /** Buttons below the body, the main one last. */
  readonly actions?: readonly Child[]
  readonly isWide?: boolean
  onClose?(): void
}

export interface OpenedDialog {
  readonly element: HTMLDialogElement
  close(): void
}

/** Shows a dialog. Escape, its close button and a click outside close it; focus then returns. */
export function openDialog(title: string, body: Child, options: DialogOptions = {}): OpenedDialog {
  const id = `dialog-${document.querySelectorAll('dialog').length}`
  const dialog: HTMLDialogElement = h(
    'dialog',
    { class: options.isWide ? 'dialog wide' : 'dialog', 'aria-labelledby': id },
    h(
      'header',
      {},
      h('h2', { id }, title),
      h('button', {
        type: 'button',
        class: 'icon close',
        'aria-label': 'Close',
        onclick: () => dialog.close(),
      }),
    ),
    h('div', { class: 'dialog-body' }, body),
    options.actions && h('footer', {}, ...options.actions),
  )
  const before = document.activeElement
  dialog.addEventListener('close', () => {
    dialog.remove()
    if (before instanceof HTMLElement) before.focus()
    options.onClose?.()
  })
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close()
  })
  document.body.append(dialog)
  dialog.showModal()
  return { element: dialog, close: () => dialog.close() }
}
