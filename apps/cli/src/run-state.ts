/**
 * The state of one run of the program: journal, jobs, reviews and locks. It is a folder of this machine,
 * or a database that machines share, and is opened when a command first uses it.
 */
import { userInfo } from 'node:os'
import type { PaceSharing } from '@chatlayer-tables/core'
import { StorageError, userStateFolder } from '@chatlayer-tables/local'
import {
  mayNeedLocalRecovery,
  type OpenStateOptions,
  type PaceGroup,
  type State,
} from '@chatlayer-tables/state'
import type { Database, DatabaseOptions } from '@chatlayer-tables/state/postgres'
import type { Io } from './io.ts'
import type { ConnectionFlags } from './options/common.ts'
import { openProfiles } from './profiles/open-profiles.ts'
import { readSettings } from './profiles/read-settings.ts'
import type { Sourced } from './profiles/settings.ts'
import {
  checkState,
  checkStateKind,
  chooseState,
  type ProjectState,
  type StateAddress,
} from './state-setting.ts'

export interface RunStateFacts {
  readonly flags: ConnectionFlags
  /** The profile before the colon of the table that the command works on. */
  readonly reference: string | undefined
  readonly wait: Pick<OpenStateOptions, 'onWait' | 'signal'>
  /** Called with the password of the database, so that no message repeats it. */
  readonly hide: (secret: string | undefined) => void
}

/** Commands that take less time, and need the state for nothing else, do not open it to share a limit. */
const JOIN_AFTER_MS = 1_000

export class RunState {
  readonly #io: Io
  readonly #facts: RunStateFacts
  #project: ProjectState | undefined
  #setting: Promise<Sourced<string> | undefined> | undefined
  #opening: Promise<State> | undefined
  #state: State | undefined
  #principal: string | undefined
  readonly #closing = new AbortController()

  constructor(io: Io, facts: RunStateFacts) {
    this.#io = io
    this.#facts = facts
  }

  /** Uses the state that a `chatlayer.yaml` names, where nothing stronger sets one. Call before {@link open}. */
  useProject(file: string, state: string | undefined): void {
    if (this.#opening !== undefined) throw new Error('the state is already open')
    this.#project = state === undefined ? undefined : { state, file }
    this.#setting = undefined
  }

  /**
   * What names the database; undefined for the folder of this machine. Does not connect.
   *
   * @throws UsageError for an invalid setting
   */
  setting(): Promise<Sourced<string> | undefined> {
    this.#setting ??= this.#readSetting()
    return this.#setting
  }

  async isShared(): Promise<boolean> {
    return (await this.setting()) !== undefined
  }

  /** Who runs the program, once a state is open that others share. */
  get principal(): string | undefined {
    return this.#principal
  }

  /** The folder of this machine, which also holds the working files of shared jobs. @throws StorageError */
  get folder(): string {
    return userStateFolder(this.#io.env)
  }

  /**
   * Opens the state on the first call.
   *
   * @throws UsageError for an invalid setting, StorageError for a database that does not respond
   */
  async open(): Promise<State> {
    this.#opening ??= this.#open()
    try {
      this.#state = await this.#opening
      return this.#state
    } catch (error) {
      // A program that goes on may find the database later.
      this.#opening = undefined
      throw error
    }
  }

  /** The address of the database with the password of a saved connection; undefined for the folder. */
  async address(): Promise<StateAddress | undefined> {
    const setting = await this.setting()
    if (setting === undefined) return undefined
    await checkState(setting, this.#io.env)
    const { resolveAddress } = await import('./side-inputs.ts')
    const resolved = await resolveAddress({ io: this.#io }, setting.value)
    checkStateKind(resolved, setting)
    this.#facts.hide(resolved.secret)
    return resolved
  }

  /**
   * The database alone, for commands that manage it: without a session, and whatever its tables are.
   *
   * @param options `waitMs`: how long to wait for a database that is away
   * @returns undefined for the folder of this machine; to be closed by the caller
   */
  async database(options: Pick<DatabaseOptions, 'waitMs'> = {}): Promise<Database | undefined> {
    const shared = await this.address()
    if (shared === undefined) return undefined
    const { Database } = await import('@chatlayer-tables/state/postgres')
    const { env } = this.#io
    const { address, secret } = shared
    return new Database({ env, address, secret, ...this.#facts.wait, ...options })
  }

  /** Whether interrupted runs may have left unknown outcomes. */
  async mayNeedRecovery(): Promise<boolean> {
    if (await this.isShared()) return await (await this.open()).mayNeedRecovery()
    try {
      // Commands that only read need nothing else of the state.
      return mayNeedLocalRecovery(this.folder)
    } catch (error) {
      // Without a state folder there is no journal.
      if (error instanceof StorageError) return false
      throw error
    }
  }

  /** Shares the rate limit of a token with the other processes that use it; undefined without a database. */
  async pace(group: PaceGroup): Promise<PaceSharing | undefined> {
    if (!(await this.isShared())) return undefined
    const begunAt = performance.now()
    let joined: PaceSharing | undefined
    const join = async (): Promise<PaceSharing> => {
      const isEarly = this.#state === undefined && performance.now() - begunAt < JOIN_AFTER_MS
      if (isEarly) throw new Error('the command may be short')
      joined ??= (await this.open()).pace(group)
      if (joined === undefined) throw new Error('a shared state without a shared rate limit')
      return joined
    }
    return {
      exchange: async (report) => (await join()).exchange(report),
      leave: async () => joined?.leave(),
    }
  }

  /** Closes the state if it was opened. */
  async close(): Promise<void> {
    const opening = this.#opening
    const state = this.#state
    this.#opening = undefined
    this.#state = undefined
    if (state !== undefined) return await state[Symbol.asyncDispose]()
    // Nothing needs a state that is still being opened.
    this.#closing.abort()
    void opening?.then(
      (late) => late[Symbol.asyncDispose](),
      () => undefined,
    )
  }

  async #open(): Promise<State> {
    const { folder } = this
    const { env } = this.#io
    // Loaded here, since help and commands that only read need none of it.
    const { openState } = await import('./open-state.ts')
    const shared = await this.address()
    const principal = shared === undefined ? undefined : userName()
    this.#principal = principal
    const { address, secret } = shared ?? {}
    const { onWait, signal: stop } = this.#facts.wait
    const signal = AbortSignal.any([...(stop === undefined ? [] : [stop]), this.#closing.signal])
    const about = { program: 'cli', principal, onWait, signal }
    return await openState({ env, folder, address, secret, ...about })
  }

  async #readSetting(): Promise<Sourced<string> | undefined> {
    const { flags, reference } = this.#facts
    const sources = { env: this.#io.env, profiles: openProfiles({ io: this.#io }) }
    return chooseState(await readSettings(sources, flags, reference), this.#project)
  }
}

/** The user of this machine, to name who wrote. */
function userName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    // A container may run as a user without a name.
    return undefined
  }
}
