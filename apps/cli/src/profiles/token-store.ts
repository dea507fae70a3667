/**
 * Where the tokens of profiles are: the system's keychain, or a file that its owner alone can read.
 * A token is kept together with the origin that it is for, and given out for no other.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { UsageError } from '../failures.ts'
import { type Keychain, KeychainError } from './keychain.ts'
import { readIfThere, writeOwnFile } from './private-file.ts'
import { parseJsonFile, type TokenPlace } from './profile.ts'

const TokenFile = z.strictObject({ origin: z.string(), token: z.string().min(1) })

/** Which token: of which profile, for which gateway. */
export interface TokenKey {
  readonly profile: string
  /** Scheme, host and port. */
  readonly origin: string
}

export class TokenStore {
  readonly #folder: string
  readonly #keychain: Keychain

  /** @param folder of the program's configuration */
  constructor(folder: string, keychain: Keychain) {
    this.#folder = join(folder, 'tokens')
    this.#keychain = keychain
  }

  /**
   * Keeps a token in the keychain, or in a file where there is none or it is not wanted.
   *
   * @returns the place, and for a file why not the keychain
   */
  async write(
    key: TokenKey,
    token: string,
    { keychain }: { readonly keychain: boolean },
  ): Promise<{ place: TokenPlace; why?: string }> {
    let why: string | undefined
    if (keychain) {
      try {
        await this.#keychain.write(accountOf(key), token)
        // One that an earlier login left.
        await this.removeFile(key.profile)
        return { place: 'keychain' }
      } catch (error) {
        if (!(error instanceof KeychainError)) throw error
        why = error.message
      }
    }
    const content = JSON.stringify({ origin: key.origin, token })
    await writeOwnFile(this.file(key.profile), `${content}\n`)
    return { place: 'file', ...(why === undefined ? {} : { why }) }
  }

  /**
   * @returns undefined where there is none for this origin
   * @throws UsageError for a keychain that does not answer or a file that is broken
   */
  async read(key: TokenKey, place: TokenPlace): Promise<string | undefined> {
    if (place === 'keychain') {
      return this.#asked(() => this.#keychain.read(accountOf(key)))
    }
    const file = this.file(key.profile)
    const content = await readIfThere(file)
    if (content === undefined) return undefined
    const hint = `Sign in again: clt auth login --profile ${key.profile}`
    const parsed = TokenFile.safeParse(parseJsonFile(content, file, hint))
    if (!parsed.success) throw new UsageError(`${file} does not hold a token as expected`, hint)
    return parsed.data.origin === key.origin ? parsed.data.token : undefined
  }

  /** @throws UsageError when the keychain cannot be reached; the token is then still there */
  async remove(key: TokenKey, place: TokenPlace): Promise<void> {
    if (place === 'keychain') await this.removeFromKeychain(key)
    await this.removeFile(key.profile)
  }

  /** @throws UsageError when the keychain cannot be reached */
  async removeFromKeychain(key: TokenKey): Promise<void> {
    await this.#asked(() => this.#keychain.remove(accountOf(key)))
  }

  async removeFile(profile: string): Promise<void> {
    await rm(this.file(profile), { force: true })
  }

  /** Where the token of a profile is when it is in a file. */
  file(profile: string): string {
    return join(this.#folder, `${profile}.json`)
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof KeychainError)) throw error
      throw new UsageError(
        `the system's keychain, where the token is, cannot be used: ${error.message}`,
        'Unlock it, or give the token by CHATLAYER_TOKEN or --token-file, or keep it in a file: clt auth login --no-keychain',
      )
    }
  }
}

function accountOf({ profile, origin }: TokenKey): string {
  return `${profile} at ${origin}`
}
