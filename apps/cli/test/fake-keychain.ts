/** A test keychain in memory, and a missing keychain. */
import { type Keychain, KeychainError } from '../src/profiles/keychain.ts'

interface FakeKeychain extends Keychain {
  readonly held: ReadonlyMap<string, string>
}

export function fakeKeychain(): FakeKeychain {
  const held = new Map<string, string>()
  return {
    held,
    read: async (account) => held.get(account),
    write: async (account, token) => void held.set(account, token),
    remove: async (account) => void held.delete(account),
  }
}

export function noKeychain(): Keychain {
  const fail = () => Promise.reject(new KeychainError('there is none'))
  return { read: fail, write: fail, remove: fail }
}
