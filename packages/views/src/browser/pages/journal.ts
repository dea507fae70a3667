import '../kit/theme.css'
import { openHost } from '../host/open-host.ts'
import { mountJournal } from '../journal/mount-journal.ts'

const host = await openHost()
const root = document.querySelector<HTMLElement>('#root')
const { table } = host.subject
if (root !== null) mountJournal(root, host, table === undefined ? {} : { table })
