import { embeddedHost } from './embedded-host.ts'
import type { Host } from './host.ts'

/** The host of this page: its own data, if it has some. */
export async function openHost(): Promise<Host> {
  const data = document.querySelector('#data')?.textContent ?? ''
  if (data !== '') return embeddedHost(JSON.parse(data))
  throw new Error('this page has no host')
}
