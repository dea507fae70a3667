/** Buttons, menus and the line of tools above a view. */
import { type Child, h, type Props } from './element.ts'

export function toolbar(label: string, ...children: readonly Child[]): HTMLElement {
  return h('div', { class: 'toolbar', role: 'group', 'aria-label': label }, ...children)
}

export function button(
  label: string,
  onclick: () => void,
  props: Props<'button'> = {},
): HTMLButtonElement {
  return h('button', { type: 'button', onclick, ...props }, label)
}

/** A button that opens a small panel below it, made when it opens. */
export function panelButton(label: string, makePanel: (close: () => void) => Node) {
  const panel = h('div', { class: 'panel', role: 'dialog', 'aria-label': label, popover: 'auto' })
  const opener = button(label, () => panel.showPopover(), {
    class: 'opens',
    'aria-haspopup': 'dialog',
    'aria-expanded': 'false',
  })
  panel.addEventListener('beforetoggle', (event) => {
    const isOpening = event.newState === 'open'
    if (isOpening) panel.replaceChildren(makePanel(() => panel.hidePopover()))
    opener.setAttribute('aria-expanded', String(isOpening))
  })
  panel.addEventListener('toggle', (event) => {
    if (event.newState !== 'open') return
    place(panel, opener)
    panel.querySelector<HTMLElement>('input, select, button, textarea')?.focus()
  })
  return h('span', {}, opener, panel)
}

/** Below the opener, inside the window. */
function place(panel: HTMLElement, opener: HTMLElement): void {
  const at = opener.getBoundingClientRect()
  const left = Math.min(at.left, innerWidth - panel.offsetWidth - 8)
  const top = Math.min(at.bottom + 4, innerHeight - panel.offsetHeight - 8)
  panel.style.left = `${Math.max(8, left)}px`
  panel.style.top = `${Math.max(8, top)}px`
}
