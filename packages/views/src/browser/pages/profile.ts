import { openHost } from '../host/open-host.ts'

const host = await openHost()
document.querySelector('#root')?.append(host.kind)
