/**
 * The arguments of calls that wait for a confirmation, by their token, so that the token alone confirms.
 * They are kept until the token expires, also after its use, so that a client that got no response can
 * repeat the call and learns how the first one ended.
 */
import { parseJson, stringifyJson } from '@chatlayer-tables/core'
import type { Notes } from '@chatlayer-tables/state'
import { z } from 'zod'
import { TOKEN_SECONDS } from './token.ts'

const Call = z.strictObject({
  tool: z.string(),
  args: z.record(z.string(), z.unknown()),
})
export type PendingCall = z.infer<typeof Call>

/** Larger calls are not kept: they are confirmed by repeating them. */
const MAX_CALL_BYTES = 1_000_000

/** Those of one caller. */
export class PendingCalls {
  readonly #notes: Notes

  constructor(notes: Notes) {
    this.#notes = notes
  }

  /** Keeps a call until its token expires. @returns false for one that is too large */
  async keep(token: string, call: PendingCall): Promise<boolean> {
    const text = stringifyJson(call)
    if (Buffer.byteLength(text) > MAX_CALL_BYTES) return false
    await this.#notes.put(token, text, TOKEN_SECONDS)
    return true
  }

  /** The call of a token; undefined if there is none, or no longer. */
  async find(token: string): Promise<PendingCall | undefined> {
    const text = await this.#notes.get(token)
    if (text === undefined) return undefined
    try {
      return Call.parse(parseJson(text))
    } catch {
      return undefined
    }
  }
}
