/**
 * The saved profiles, each in a separate file, so that two programs can save at the same time. Another
 * file names the current profile.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../failures.ts'
import { NamedFiles } from './named-files.ts'
import { readIfThere, writeOwnFile } from './private-file.ts'
import { formatProfile, gatewayOf, type Profile, parseProfile, profileName } from './profile.ts'
import type { TokenStore } from './token-store.ts'

/** There is no profile with this name. */
export class NoProfileError extends UsageError {}

/** A bot to search for among the profiles. */
export interface KnownBot {
  /** Scheme, host and port of the gateway. */
  readonly origin: string
  readonly teamId: string
  readonly botId: string
}

export class Profiles {
  /** The configuration folder of the program. */
  readonly folder: string
  readonly #files: NamedFiles
  readonly #tokens: TokenStore

  constructor(folder: string, tokens: TokenStore) {
    this.folder = folder
    this.#files = new NamedFiles(join(folder, 'profiles'))
    this.#tokens = tokens
  }

  /** The names of all profiles, sorted. */
  async names(): Promise<string[]> {
    return await this.#files.names()
  }

  /** @throws NoProfileError; UsageError if its file is invalid */
  async read(name: string): Promise<Profile> {
    const content = await this.#files.read(name)
    if (content !== undefined) return parseProfile(content, this.file(name), name)
    const names = await this.names()
    const others = names.length === 0 ? '' : `Pass one of: ${names.join(', ')}. `
    throw new NoProfileError(
      `there is no profile "${name}"`,
      `${others}To create it: clt auth login --profile ${name}`,
    )
  }

  /** The name of the first profile of this bot; invalid profiles are skipped. */
  async findBot(bot: KnownBot): Promise<string | undefined> {
    for (const name of await this.names()) {
      const profile = await this.read(name).catch(() => undefined)
      if (profile === undefined || originOf(profile) !== bot.origin) continue
      if (profile.teamId === bot.teamId && profile.botId === bot.botId) return name
    }
    return undefined
  }

  /** The name of the current profile. @throws UsageError if the file that names it is invalid */
  async current(): Promise<string | undefined> {
    const file = join(this.folder, CURRENT)
    const content = await readIfThere(file)
    if (content === undefined) return undefined
    try {
      return profileName(content)
    } catch {
      throw new UsageError(
        `${file} does not name a profile`,
        'Choose the current profile: clt auth switch <profile>',
      )
    }
  }

  async makeCurrent(name: string): Promise<void> {
    await writeOwnFile(join(this.folder, CURRENT), `${name}\n`)
  }

  /** Saves a profile without changing its token. */
  async update(name: string, profile: Profile): Promise<void> {
    await this.#files.write(name, formatProfile(profile))
  }

  /**
   * Saves the token before the profile, so that no profile refers to a missing token.
   *
   * @returns where the token is, and for a file why it is not in the keychain
   */
  async save(
    name: string,
    profile: Omit<Profile, 'token'>,
    token: string,
    options: { readonly keychain: boolean },
  ): Promise<{ place: Profile['token']; why?: string }> {
    const before = await this.read(name).catch(() => undefined)
    const kept = await this.#tokens.write(
      { profile: name, origin: originOf(profile) },
      token,
      options,
    )
    await this.update(name, { ...profile, token: kept.place })
    const moved = before !== undefined && originOf(before) !== originOf(profile)
    if (before?.token === 'keychain' && (moved || kept.place === 'file')) {
      const key = { profile: name, origin: originOf(before) }
      // Best effort: the old token is no longer used.
      await this.#tokens.removeFromKeychain(key).catch(() => undefined)
    }
    return kept
  }

  /** Removes a profile and its token. @throws UsageError if the token could not be removed */
  async remove(name: string, profile: Profile | undefined): Promise<void> {
    if (profile === undefined) await this.#tokens.removeFile(name)
    else await this.#tokens.remove({ profile: name, origin: originOf(profile) }, profile.token)
    await this.#files.remove(name)
    if ((await this.current().catch(() => undefined)) === name) {
      await rm(join(this.folder, CURRENT), { force: true })
    }
  }

  /** The token of a profile, for the profile's own gateway; undefined if there is none. */
  async token(name: string, profile: Profile): Promise<string | undefined> {
    return this.#tokens.read({ profile: name, origin: originOf(profile) }, profile.token)
  }

  /** The path of the file for the token. */
  tokenFile(name: string): string {
    return this.#tokens.file(name)
  }

  file(name: string): string {
    return this.#files.path(name)
  }
}

const CURRENT = 'current-profile'

function originOf(profile: Pick<Profile, 'region' | 'baseUrl'>): string {
  const gateway = gatewayOf(profile)
  if (gateway === undefined) throw new Error('a profile without a gateway')
  return gateway.origin
}
