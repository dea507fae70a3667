/** The saved connections to databases and HTTP APIs, with their secrets. */
import { join } from 'node:path'
import { UsageError } from '../failures.ts'
import type { Keychain } from '../profiles/keychain.ts'
import { NamedFiles } from '../profiles/named-files.ts'
import { type SecretKind, TokenStore } from '../profiles/token-store.ts'
import { type Connection, formatConnection, parseConnection } from './connection-file.ts'
import { originOf } from './saved-address.ts'

const SECRETS: SecretKind = {
  folder: 'connection-secrets',
  // A profile's name contains no space.
  prefix: 'connection ',
  noun: 'secret',
  again: (name) => `Save the connection again: clt connections add ${name}`,
  withoutKeychain: 'store the secret in a file: clt connections add --no-keychain',
}

export class Connections {
  readonly #files: NamedFiles
  readonly #secrets: TokenStore

  /** @param folder the configuration folder of the program */
  constructor(folder: string, keychain: Keychain) {
    this.#files = new NamedFiles(join(folder, 'connections'))
    this.#secrets = new TokenStore(folder, keychain, SECRETS)
  }

  /** The names of all connections, sorted. */
  async names(): Promise<string[]> {
    return await this.#files.names()
  }

  /** @throws UsageError if there is none of this name, or its file is invalid */
  async read(name: string): Promise<Connection> {
    const content = await this.#files.read(name)
    if (content !== undefined) return parseConnection(content, this.#files.path(name), name)
    const names = await this.names()
    const others = names.length === 0 ? '' : `Saved are: ${names.join(', ')}. `
    throw new UsageError(
      `there is no saved connection "${name}"`,
      `${others}To save it: clt connections add ${name} <address>`,
    )
  }

  /** The secret of a connection, for its own server alone; undefined if it has none. */
  async secret(name: string, { address, secret }: Connection): Promise<string | undefined> {
    if (secret === 'none') return undefined
    const found = await this.#secrets.read({ profile: name, origin: originOf(address) }, secret)
    if (found !== undefined) return found
    throw new UsageError(
      `the secret of the connection "${name}" is missing`,
      `Save it again: clt connections add ${name}`,
    )
  }

  /**
   * Saves the secret before the connection, so that no connection refers to a missing one.
   *
   * @returns where the secret is, and for a file why it is not in the keychain
   */
  async save(
    name: string,
    connection: Omit<Connection, 'secret'>,
    secret: string | undefined,
    options: { readonly keychain: boolean },
  ): Promise<{ place: Connection['secret']; why?: string }> {
    const before = await this.read(name).catch(() => undefined)
    const key = { profile: name, origin: originOf(connection.address) }
    const kept =
      secret === undefined
        ? ({ place: 'none' } as const)
        : await this.#secrets.write(key, secret, options)
    await this.#files.write(name, formatConnection({ ...connection, secret: kept.place }))
    if (kept.place === 'none') await this.#secrets.removeFile(name)
    if (before?.secret === 'keychain') await this.#removeOld(name, before, key.origin, kept.place)
    return kept
  }

  /** @throws UsageError if the secret could not be removed, in which case the connection is kept */
  async remove(name: string): Promise<void> {
    const connection = await this.read(name).catch(() => undefined)
    if (connection?.secret === 'keychain') {
      await this.#secrets.removeFromKeychain({
        profile: name,
        origin: originOf(connection.address),
      })
    }
    await this.#secrets.removeFile(name)
    await this.#files.remove(name)
  }

  /** The path of the file for the secret. */
  secretFile(name: string): string {
    return this.#secrets.file(name)
  }

  /** Best effort: an old secret is no longer used. */
  async #removeOld(
    name: string,
    before: Connection,
    origin: string,
    place: Connection['secret'],
  ): Promise<void> {
    const old = { profile: name, origin: originOf(before.address) }
    if (place === 'keychain' && old.origin === origin) return
    await this.#secrets.removeFromKeychain(old).catch(() => undefined)
  }
}
