/** The process that speaks with the system's keychain: one question on stdin, one answer on stdout. */
import { text } from 'node:stream/consumers'
import type { KeychainAnswer, KeychainQuestion } from './keychain.ts'

const SERVICE = 'chatlayer-tables'

async function answer(question: KeychainQuestion): Promise<KeychainAnswer> {
  try {
    const { Entry } = await import('@napi-rs/keyring')
    // Linux's other store, in the kernel, forgets at the next start of the machine.
    const entry = new Entry(SERVICE, question.account, { linux: { store: 'secret-service' } })
    switch (question.ask) {
      case 'read':
        return { token: entry.getPassword() }
      case 'write':
        entry.setPassword(question.token)
        return { token: null }
      case 'remove':
        entry.deletePassword()
        return { token: null }
    }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}

// What came from this program alone; it has the form that the type says.
const question = JSON.parse(await text(process.stdin)) as KeychainQuestion
process.stdout.write(JSON.stringify(await answer(question)))
