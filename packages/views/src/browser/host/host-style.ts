/** Colours of the assistant's app, and the height of this page in it. */
import { isFields, type McpBridge } from './mcp-bridge.ts'

/** Hosts may keep the first height they get, and dialogs need some. */
const MIN_HEIGHT = 240

/** Sets the theme and the style variables that a host's context has. */
export function applyContext(context: Readonly<Record<string, unknown>>): void {
  const { style } = document.documentElement
  const { theme, styles } = context
  if (theme === 'light' || theme === 'dark') style.colorScheme = theme
  const variables = isFields(styles) && isFields(styles.variables) ? styles.variables : {}
  for (const [name, value] of Object.entries(variables)) {
    if (/^--[a-z0-9-]+$/.test(name) && typeof value === 'string') style.setProperty(name, value)
  }
}

/** Sends the height of the page, now and when it changes. @returns a function that stops it */
export function reportSize(bridge: McpBridge): () => void {
  let last = 0
  const send = (): void => {
    const { width, height } = document.documentElement.getBoundingClientRect()
    const dialog = document.querySelector('dialog[open]')
    const needed = Math.ceil(Math.max(MIN_HEIGHT, height, (dialog?.scrollHeight ?? 0) + 40))
    if (needed === last) return
    last = needed
    bridge.notify('ui/notifications/size-changed', { width: Math.ceil(width), height: needed })
  }
  const observer = new ResizeObserver(send)
  observer.observe(document.documentElement)
  // A dialog is outside of the flow, so that the document keeps its size.
  document.addEventListener('toggle', send, true)
  send()
  return () => {
    observer.disconnect()
    document.removeEventListener('toggle', send, true)
  }
}
