/**
 * Where this server keeps its journal, reviews, jobs, locks and notes: the state folder of the machine, or
 * the database that its replicas share.
 */
import { ConfigurationError, InvalidInputError, type PaceSharing } from '@chatlayer-tables/core'
import type { PaceGroup, State } from '@chatlayer-tables/state'
import type { Logger } from '../logger.ts'
import { STATE_VARIABLE, stateAddress } from './state-address.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The state folder, which the command line shares. */
export async function stateFolderOf({ env }: { readonly env: Environment }): Promise<string> {
  const { userStateFolder } = await import('@chatlayer-tables/local')
  return userStateFolder(env)
}

/** One for a process. It opens the state when it is first needed: listing tools and reading need none. */
export class ServerState {
  readonly #env: Environment
  readonly #log: Logger
  readonly #ending = new AbortController()
  #opened: Promise<State> | undefined

  constructor({ env, log }: { readonly env: Environment; readonly log: Logger }) {
    this.#env = env
    this.#log = log
  }

  /** Whether other machines have the same state. */
  get isShared(): boolean {
    return (this.#env.CHATLAYER_STATE ?? '').trim() !== ''
  }

  /** @throws ConfigurationError for an invalid setting */
  check(): void {
    stateAddress(this.#env)
  }

  /** Opens the state once. @throws StorageError; the next call tries again then */
  open(): Promise<State> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  /** Milliseconds since 1970 by the clock of the state. @throws StorageError */
  async now(): Promise<number> {
    return this.isShared ? (await this.open()).now() : Date.now()
  }

  /** Reads something small of the state. @throws StorageError */
  async probe(): Promise<void> {
    await (await this.open()).notes('keys', '').get('')
  }

  /**
   * The pace that processes of one token share; undefined without a shared state.
   *
   * @param group called when the first request is sent
   */
  pace(group: () => PaceGroup): PaceSharing | undefined {
    if (!this.isShared) return undefined
    let sharing: PaceSharing | undefined
    return {
      exchange: async (report) => {
        sharing ??= (await this.open()).pace(group())
        if (sharing === undefined) throw new Error('no pace is shared')
        return sharing.exchange(report)
      },
      leave: async () => await sharing?.leave(),
    }
  }

  /** From now on, a database that went away is not waited for: the server ends. */
  stopWaiting(): void {
    this.#ending.abort()
  }

  async close(): Promise<void> {
    this.stopWaiting()
    const state = await this.#opened?.catch(() => undefined)
    await state?.[Symbol.asyncDispose]()
  }

  async #open(): Promise<State> {
    const address = stateAddress(this.#env)
    const { openState } = await import('@chatlayer-tables/state')
    try {
      return await openState({
        env: this.#env,
        folder: await stateFolderOf({ env: this.#env }),
        address,
        program: 'mcp',
        signal: this.#ending.signal,
        onWait: (place) => this.#log.warn(`waiting for ${place}, which does not respond`),
      })
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error
      // Its message may quote the address.
      this.#log.error(error.message)
      throw new ConfigurationError(`${STATE_VARIABLE} cannot be used`, {
        hint: 'Ask the operator to check the log of the server (stderr).',
      })
    }
  }
}
