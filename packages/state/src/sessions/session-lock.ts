/** A lock that a session of this process holds. */
import type { HeldLock } from '@chatlayer-tables/local'
import type { Session } from './session.ts'
import { RELEASE, REMOVE } from './statements.ts'

export interface SessionLockFacts {
  readonly session: Session
  readonly kind: string
  readonly name: string
  readonly token: string
}

export class SessionLock implements HeldLock {
  readonly name: string
  readonly session: Session
  /** What names this taking of the lock in statements: session, kind, name, token. */
  readonly key: readonly [string, string, string, string]
  /** The commits under it that were numbered; one is made after the other. */
  #commits = 0
  #last: Promise<unknown> = Promise.resolve()
  #isReleased = false

  constructor({ session, kind, name, token }: SessionLockFacts) {
    this.session = session
    this.name = name
    this.key = [session.id, kind, name, token]
  }

  get isReleased(): boolean {
    return this.#isReleased
  }

  get lost(): AbortSignal {
    return this.session.ended
  }

  certain(): Promise<void> | undefined {
    return this.session.certain()
  }

  /** Runs a commit with its number, after those before. */
  async inTurn<T>(commit: (number: number) => Promise<T>): Promise<T> {
    const number = ++this.#commits
    const done = this.#last.then(() => commit(number))
    this.#last = done.catch(() => undefined)
    return done
  }

  release(): Promise<void> {
    return this.#release(RELEASE)
  }

  remove(): Promise<void> {
    return this.#release(REMOVE)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  async #release(statement: string): Promise<void> {
    if (this.#isReleased) return
    this.#isReleased = true
    await this.#last
    await this.session.release(statement, this.key)
  }
}
