import { assistantHost } from './assistant-host.ts'
import { embeddedHost } from './embedded-host.ts'
import { type Host, RequestFailure } from './host.ts'
import { showMessage } from './page-message.ts'
import { serverHost } from './server-host.ts'

/**
 * The host of this page: its own data if it has some, else the window that frames it, else the program
 * that serves it. Without any, the page says so, and the promise stays pending.
 */
export async function openHost(): Promise<Host> {
  const hide = showMessage('Loading …', 'status')
  try {
    return await findHost()
  } catch (error) {
    const { message, hint = '' } = error as RequestFailure
    showMessage(`${message} ${hint}`, 'alert')
    return await new Promise<never>(() => undefined)
  } finally {
    hide()
  }
}

async function findHost(): Promise<Host> {
  const place = document.querySelector('#data')
  const data = place?.textContent ?? ''
  if (data !== '') {
    // The text is as long as the data.
    place?.remove()
    return embeddedHost(JSON.parse(data))
  }
  if (window.parent !== window) return await assistantHost()
  if (/^https?:$/.test(location.protocol)) return serverHost()
  throw new RequestFailure(
    'NO_DATA',
    'This page has no data.',
    'It shows some only if a program or an assistant opens it.',
  )
}
