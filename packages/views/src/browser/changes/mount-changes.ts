import type { ChangesParams } from '../../protocol/changes.ts'
import type { Host } from '../host/host.ts'

/** Shows changes: of a review, of a change set of the journal, or those of this page. */
export function mountChanges(root: HTMLElement, host: Host, params: ChangesParams = {}): void {
  root.replaceChildren()
  host.request('changes', params).then(({ title }) => root.append(title))
}
