import '../kit/theme.css'
import { openHost } from '../host/open-host.ts'
import { mountRecords } from '../records/mount-records.ts'

const host = await openHost()
const root = document.querySelector<HTMLElement>('#root')
if (root !== null) mountRecords(root, host)
