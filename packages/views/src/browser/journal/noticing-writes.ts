import type { RequestName, RequestParams } from '../../protocol/requests.ts'
import type { Host } from '../host/host.ts'

export interface WatchedHost {
  readonly host: Host
  /** Whether a write was approved through it, so that the journal may have changed. */
  hasWritten(): boolean
}

/** A host for the changes of one change set; it is about nothing else. */
export function noticingWrites(host: Host): WatchedHost {
  let hasWritten = false
  return {
    hasWritten: () => hasWritten,
    host: {
      kind: host.kind,
      subject: {},
      report: (text) => host.report(text),
      async request<Name extends RequestName>(name: Name, params: RequestParams<Name>) {
        // Also one that fails may have been written.
        if (name === 'approve') hasWritten = true
        return host.request(name, params)
      },
    },
  }
}
