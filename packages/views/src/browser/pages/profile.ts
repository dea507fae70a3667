import '../kit/theme.css'
import { openHost } from '../host/open-host.ts'
import { mountProfile } from '../profile/mount-profile.ts'

const host = await openHost()
const root = document.querySelector<HTMLElement>('#root')
if (root !== null) mountProfile(root, host)
