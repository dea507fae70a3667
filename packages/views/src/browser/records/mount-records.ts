/** The page of a table's records, or of groups where a tool's result has these. */
import './records.css'
import type { Host } from '../host/host.ts'
import { h } from '../kit/element.ts'
import { showResult } from '../kit/load.ts'
import { mountGroups } from '../profile/mount-groups.ts'
import { RecordsView, type RecordsViewParams } from './records-view.ts'

export function mountRecords(root: HTMLElement, host: Host, params: RecordsViewParams = {}): void {
  const { isGrouped, call, table } = host.subject
  if (isGrouped && params.table === undefined) {
    mountGroups(root, host, call === undefined ? {} : { call })
    return
  }
  const asked: RecordsViewParams = {
    ...(table !== undefined && { table }),
    ...(call !== undefined && { call }),
    ...params,
  }
  const box = h('div', { class: host.kind === 'assistant' ? '' : 'own-window' })
  root.replaceChildren(box)
  void showResult(
    box,
    () => host.request('table', asked.table === undefined ? {} : { table: asked.table }),
    (facts) => new RecordsView(host, facts, asked).node,
  )
}
