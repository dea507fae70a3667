/** Shows what a request gives, or why it failed. */
import { RequestFailure } from '../host/host.ts'
import { h } from './element.ts'

/**
 * Fills `box` once the result is there. A failure is shown with a button that tries again.
 * @returns whether the result was shown
 */
export async function showResult<Result>(
  box: HTMLElement,
  request: () => Promise<Result>,
  show: (result: Result) => Node,
): Promise<boolean> {
  // The height is kept, so that a host does not fold a page that has nothing to show yet.
  box.replaceChildren(h('p', { class: 'loading', role: 'status' }, 'Loading…'))
  try {
    box.replaceChildren(show(await request()))
    return true
  } catch (error) {
    box.replaceChildren(failureNode(error, () => void showResult(box, request, show)))
    return false
  }
}

/** What went wrong and what to do next. */
export function failureNode(error: unknown, retry: () => void): HTMLElement {
  const button = h('button', { type: 'button' }, 'Try again')
  button.addEventListener('click', retry)
  const message = error instanceof Error ? error.message : String(error)
  const hint = error instanceof RequestFailure ? error.hint : undefined
  return h(
    'div',
    { class: 'failure', role: 'alert' },
    h('p', {}, message),
    hint === undefined ? undefined : h('p', {}, hint),
    button,
  )
}
