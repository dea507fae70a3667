import '../kit/theme.css'
import { mountBrowse } from '../browse/mount-browse.ts'
import { openHost } from '../host/open-host.ts'

const host = await openHost()
const root = document.querySelector<HTMLElement>('#root')
if (root !== null) mountBrowse(root, host)
