/** All views in one page, whose requests are answered by the test. */
import '../../src/browser/kit/theme.css'
import { type Host, RequestFailure } from '../../src/browser/host/host.ts'
import { mountJournal } from '../../src/browser/journal/mount-journal.ts'
import { mountGroups } from '../../src/browser/profile/mount-groups.ts'
import { mountProfile } from '../../src/browser/profile/mount-profile.ts'

const VIEWS = { journal: mountJournal, groups: mountGroups, profile: mountProfile }

declare global {
  interface Window {
    answerRequest(name: string, params: object): Promise<{ result?: unknown; error?: string }>
  }
}

const host: Host = {
  kind: 'server',
  subject: {},
  report: () => undefined,
  async request(name, params) {
    const { result, error } = await window.answerRequest(name, params)
    if (error !== undefined) throw new RequestFailure('FAILED', error, 'Do something else.')
    return result as never
  },
}

Object.assign(window, {
  mountView(name: keyof typeof VIEWS, params: object) {
    const root = document.querySelector<HTMLElement>('#root')
    if (root !== null) VIEWS[name](root, host, params)
  },
})
