/**
 * Where this server keeps its journal, reviews, jobs, locks and notes: the state folder of the machine, or
 * the database that its replicas share.
 */
import type { PaceSharing } from '@chatlayer-tables/core'
import type { PaceGroup, State } from '@chatlayer-tables/state'
import { stateAddress } from './state-address.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The state folder, which the command line shares. */
export async function stateFolderOf({ env }: { readonly env: Environment }): Promise<string> {
  const { userStateFolder } = await import('@chatlayer-tables/local')
  return userStateFolder(env)
}

/** One for a process. It opens the state when it is first needed: listing tools and reading need none. */
export class ServerState {
  readonly #env: Environment
  #opened: Promise<State> | undefined

  constructor(env: Environment) {
    this.#env = env
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

  async close(): Promise<void> {
    const state = await this.#opened?.catch(() => undefined)
    await state?.[Symbol.asyncDispose]()
  }

  async #open(): Promise<State> {
    const address = stateAddress(this.#env)
    const { openState } = await import('@chatlayer-tables/state')
    return openState({
      env: this.#env,
      folder: await stateFolderOf({ env: this.#env }),
      address,
      program: 'mcp',
    })
  }
}
