/** A view without content of its own, whose host tests can ask. */
import { openHost } from '../../src/browser/host/open-host.ts'

const host = await openHost()
Object.assign(window, { host })
document.querySelector('#root')?.append(JSON.stringify(host.subject))
