/** Issues and checks tokens with the key and the clock of the server. */
import { type Bound, checkToken, digestOf, type TokenProblem, writeToken } from './token.ts'

/** How a token reaches the user. The last one is issued after a question that the client could not show. */
export const METHODS = { asked: 'asked', twoSteps: 'two-steps', unasked: 'unasked' } as const
export type Method = (typeof METHODS)[keyof typeof METHODS]

export interface SignerSetup {
  /** The key of tokens. @throws StorageError if it is in a state that cannot be used */
  readonly key: () => Promise<Buffer>
  /** Milliseconds since 1970 by the clock of the state. @throws StorageError */
  readonly now: () => Promise<number>
}

export class Signer {
  readonly #key: SignerSetup['key']
  readonly #now: SignerSetup['now']

  constructor({ key, now }: SignerSetup) {
    this.#key = key
    this.#now = now
  }

  async write(method: Method, bound: Bound): Promise<string> {
    return writeToken(await this.#key(), method, bound, await this.#now())
  }

  /** Undefined if the token is valid for this write. */
  async problemOf(token: string, method: Method, bound: Bound): Promise<TokenProblem | undefined> {
    return checkToken(token, await this.#key(), method, bound, await this.#now())
  }

  /** The method that a token was issued for, if it was issued after a failed question. */
  async methodOf(token: string, bound: Bound): Promise<Method> {
    const problem = await this.problemOf(token, METHODS.unasked, bound)
    return problem === 'forged' || problem === 'malformed' ? METHODS.twoSteps : METHODS.unasked
  }

  /** A keyed digest of a write, to remember what was decided about it. */
  async digestOf(bound: Bound): Promise<string> {
    return digestOf(await this.#key(), bound)
  }
}
