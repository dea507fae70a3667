/**
 * Stores the tokens of profiles in the system's keychain, or in a file that only its owner can read. A token
 * is stored with its origin, and returned only for that origin.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { UsageError } from '../failures.ts'
import { type Keychain, KeychainError } from './keychain.ts'
import { readIfThere, writeOwnFile } from './private-file.ts'
import { parseJsonFile, type TokenPlace } from './profile.ts'

const TokenFile = z.strictObject({ origin: z.string(), token: z.string().min(1) })

/** Identifies a token by its profile and its gateway. */
export interface TokenKey {
  readonly profile: string
  /** Scheme, host and port. */
  readonly origin: string
}

/** How the secrets of one kind are called, in messages and where they are stored. */
export interface SecretKind {
  /** Of the files, in the configuration folder. */
  readonly folder: string
  /** Before the name of a profile in an account of the keychain; it keeps kinds apart. */
  readonly prefix: string
  /** Such as `token`. */
  readonly noun: string
  /** How to store it again. */
  again(name: string): string
  /** How to do without the keychain. */
  readonly withoutKeychain: string
}

const TOKENS: SecretKind = {
  folder: 'tokens',
  prefix: '',
  noun: 'token',
  again: (name) => `Sign in again: clt auth login --profile ${name}`,
  withoutKeychain:
    'set CHATLAYER_TOKEN, or pass --token-file, or store the token in a file: clt auth login --no-keychain',
}

export class TokenStore {
  readonly #folder: string
  readonly #keychain: Keychain
  readonly #kind: SecretKind

  /** @param folder the configuration folder of the program */
  constructor(folder: string, keychain: Keychain, kind: SecretKind = TOKENS) {
    this.#folder = join(folder, kind.folder)
    this.#keychain = keychain
    this.#kind = kind
  }

  /**
   * Stores a token in the keychain, or in a file if there is no keychain or it is not wanted.
   *
   * @returns the place, and for a file why it is not the keychain
   */
  async write(
    key: TokenKey,
    token: string,
    { keychain }: { readonly keychain: boolean },
  ): Promise<{ place: TokenPlace; why?: string }> {
    let why: string | undefined
    if (keychain) {
      try {
        await this.#keychain.write(this.#accountOf(key), token)
        // An earlier login may have left a file.
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
   * @returns undefined if there is no token for this origin
   * @throws UsageError if the keychain does not respond or the file is invalid
   */
  async read(key: TokenKey, place: TokenPlace): Promise<string | undefined> {
    if (place === 'keychain') {
      return this.#withHint(() => this.#keychain.read(this.#accountOf(key)))
    }
    const file = this.file(key.profile)
    const content = await readIfThere(file)
    if (content === undefined) return undefined
    const { noun } = this.#kind
    const hint = this.#kind.again(key.profile)
    const parsed = TokenFile.safeParse(parseJsonFile(content, file, hint))
    if (!parsed.success) throw new UsageError(`${file} must contain a ${noun} and its origin`, hint)
    return parsed.data.origin === key.origin ? parsed.data.token : undefined
  }

  /** @throws UsageError if the keychain cannot be reached, in which case the token is kept */
  async remove(key: TokenKey, place: TokenPlace): Promise<void> {
    if (place === 'keychain') await this.removeFromKeychain(key)
    await this.removeFile(key.profile)
  }

  /** @throws UsageError if the keychain cannot be reached */
  async removeFromKeychain(key: TokenKey): Promise<void> {
    await this.#withHint(() => this.#keychain.remove(this.#accountOf(key)))
  }

  async removeFile(profile: string): Promise<void> {
    await rm(this.file(profile), { force: true })
  }

  /** The path of the file for the token of a profile. */
  file(profile: string): string {
    return join(this.#folder, `${profile}.json`)
  }

  #accountOf({ profile, origin }: TokenKey): string {
    return `${this.#kind.prefix}${profile} at ${origin}`
  }

  async #withHint<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      if (!(error instanceof KeychainError)) throw error
      const { noun, withoutKeychain } = this.#kind
      throw new UsageError(
        `the ${noun} is in the system's keychain, which cannot be used: ${error.message}`,
        `Unlock the keychain, or ${withoutKeychain}`,
      )
    }
  }
}
