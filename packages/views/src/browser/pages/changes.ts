import '../kit/theme.css'
import { mountChanges } from '../changes/mount-changes.ts'
import { openHost } from '../host/open-host.ts'

const host = await openHost()
const root = document.querySelector<HTMLElement>('#root')
const { review, changeSet, call } = host.subject
if (root !== null)
  mountChanges(root, host, {
    ...(review !== undefined && { review }),
    ...(changeSet !== undefined && { changeSet }),
    ...(review === undefined && changeSet === undefined && call !== undefined && { call }),
  })
