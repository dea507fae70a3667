/** Sentences of the page itself, outside of its view. */

/** Shows a sentence in place of the view. @returns a function that removes it */
export function showMessage(text: string, role: 'status' | 'alert'): () => void {
  const message = paragraph(text, role)
  document.querySelector('#root')?.append(message)
  return () => message.remove()
}

/** Shows a sentence above the view, once. */
export function showBanner(text: string): void {
  if (document.querySelector('#banner') !== null) return
  const banner = paragraph(text, 'alert')
  banner.id = 'banner'
  document.body.prepend(banner)
}

function paragraph(text: string, role: string): HTMLElement {
  const element = document.createElement('p')
  element.setAttribute('role', role)
  element.textContent = text
  element.style.margin = '12px 14px'
  return element
}
