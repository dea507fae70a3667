/** Copying text, also where a host blocks the clipboard. */
import { openDialog } from './dialog.ts'
import { h } from './element.ts'

/** Copies a text, or shows it selected with an instruction. Resolves to whether it was copied. */
export async function copyText(text: string): Promise<boolean> {
  if (await writeClipboard(text)) return true
  const area = h('textarea', { readOnly: true, rows: 12, 'aria-label': 'Text to copy' })
  area.value = text
  openDialog(
    'Copy',
    h(
      'div',
      {},
      h('p', {}, 'This host does not let pages copy. Press Ctrl+C, or Cmd+C on a Mac.'),
      area,
    ),
  )
  area.focus()
  area.select()
  return false
}

async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return writeBySelection(text)
  }
}

/** The older way needs no permission, only a click or a key. */
function writeBySelection(text: string): boolean {
  let isWritten = false
  const write = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
    isWritten = event.clipboardData !== null
  }
  document.addEventListener('copy', write, { capture: true, once: true })
  const isAllowed = document.execCommand('copy')
  document.removeEventListener('copy', write, { capture: true })
  return isAllowed && isWritten
}
