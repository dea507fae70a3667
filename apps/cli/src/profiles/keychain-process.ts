/** The process that accesses the system's keychain: one request on stdin, one response on stdout. */
import { text } from 'node:stream/consumers'
import type { KeychainRequest, KeychainResponse } from './keychain.ts'

const SERVICE = 'chatlayer-tables'

async function handle(request: KeychainRequest): Promise<KeychainResponse> {
  try {
    const { Entry } = await import('@napi-rs/keyring')
    // The other store on Linux, in the kernel, loses its content when the machine restarts.
    const entry = new Entry(SERVICE, request.account, { linux: { store: 'secret-service' } })
    switch (request.action) {
      case 'read':
        return { token: entry.getPassword() }
      case 'write':
        entry.setPassword(request.token)
        return { token: null }
      case 'remove':
        entry.deletePassword()
        return { token: null }
    }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}

// Sent by this program, so it has this type.
const request = JSON.parse(await text(process.stdin)) as KeychainRequest
process.stdout.write(JSON.stringify(await handle(request)))
