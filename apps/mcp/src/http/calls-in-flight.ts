/**
 * The tool calls of clients of the older protocol that are in flight. Such a client cancels a call with
 * a request of its own, which another replica may receive: the one with the call learns of it from the
 * state that they share.
 */
import { createHash } from 'node:crypto'
import { type Logger, reasonOf } from '../logger.ts'
import type { ServerState } from '../state/server-state.ts'

/** A caller's call: no caller can cancel a call of another one. */
export interface CallKey {
  readonly principal: string | undefined
  /** Issued to the client when it connected. */
  readonly session: string
  readonly id: string | number
}

export interface CallInFlight extends Disposable {
  /** Aborts when the call is cancelled. */
  readonly signal: AbortSignal
}

export class CallsInFlight {
  readonly #state: ServerState
  readonly #log: Logger
  readonly #calls = new Map<string, Set<AbortController>>()

  /** @param state if it cannot be used, replicas cannot cancel each other's calls */
  constructor(state: ServerState, log: Logger) {
    this.#state = state
    this.#log = log
  }

  /** @param writes whether replicas that share the state can cancel it too */
  open(key: CallKey, writes: boolean): CallInFlight {
    const name = nameOf(key)
    const controller = new AbortController()
    const equal = this.#calls.get(name) ?? new Set()
    this.#calls.set(name, equal.add(controller))
    const ended = new AbortController()
    if (writes) void this.#watch(name, controller, ended.signal)
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        ended.abort()
        equal.delete(controller)
        if (equal.size === 0) this.#calls.delete(name)
      },
    }
  }

  /** Cancels the call wherever it is, if it is still in flight. */
  async cancel(key: CallKey): Promise<void> {
    const name = nameOf(key)
    const here = this.#calls.get(name)
    if (here !== undefined) {
      for (const controller of here) abort(controller)
      return
    }
    try {
      await (await this.#state.open()).callsInFlight().cancel(name)
    } catch (error) {
      this.#report(error)
    }
  }

  /** Cancels the call when another replica asks for it. */
  async #watch(name: string, controller: AbortController, ended: AbortSignal): Promise<void> {
    try {
      const calls = (await this.#state.open()).callsInFlight()
      if (ended.aborted) return
      const watched = calls.open(name, () => abort(controller))
      ended.addEventListener('abort', () => watched[Symbol.dispose](), { once: true })
    } catch (error) {
      this.#report(error)
    }
  }

  #report(error: unknown): void {
    this.#log.debug(`calls in flight are known to this process alone: ${reasonOf(error)}`)
  }
}

function abort(controller: AbortController): void {
  controller.abort(new DOMException('The client cancelled the call.', 'AbortError'))
}

/** Names reveal neither callers nor sessions. */
function nameOf({ principal, session, id }: CallKey): string {
  const text = JSON.stringify([principal ?? null, session, id])
  return createHash('sha256').update(text).digest('hex').slice(0, 40)
}
