/** The reviews of a server, in its state, which replicas and the command line share. */
import { type Client, canonicalJson, parseJson, stringifyJson } from '@chatlayer-tables/core'
import type {
  NewReview,
  ReviewCaller,
  Reviews,
  StoredReview,
} from '@chatlayer-tables/journal/reviews'
import { connectionOf } from '../journal/write-journal.ts'
import type { RequestFacts } from '../request-facts.ts'
import type { ToolError } from '../result/tool-error.ts'
import type { Setup } from '../session.ts'
import { stateError } from '../state/state-error.ts'

type Request = Pick<RequestFacts, 'principal'>

/** Of reviews that this program creates. */
const PROGRAM = 'mcp'

const UNUSABLE = {
  message: 'Nothing was written: this write needs a review, and this server cannot store one.',
  hint: 'Ask the operator to check the log of the server (stderr) and its state folder.',
}

/** Arguments that do not define what is written. */
const FREE: ReadonlySet<string> = new Set(['note', 'expect', 'again'])

export class ServerReviews {
  readonly #setup: Setup
  readonly #client: Client
  #opened: Promise<Reviews> | undefined

  constructor(setup: Setup, client: Client) {
    this.#setup = setup
    this.#client = client
  }

  /** Opens the store once. @throws ToolError if it cannot be opened */
  open(): Promise<Reviews> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined
      throw this.storageError(error)
    })
    return this.#opened
  }

  /** Logs an error of the store; the caller does not see paths of this server. */
  storageError(error: unknown): ToolError {
    return stateError(error, this.#setup.log, 'The store of reviews of this server', UNUSABLE)
  }

  callerOf({ principal }: Request): ReviewCaller {
    return { place: connectionOf(this.#client), principal: principal ?? null }
  }

  /** A review of this caller; undefined for another's, and for one of another program. */
  async find(id: string, request: Request): Promise<StoredReview | undefined> {
    const review = await (await this.open()).find(id)
    if (review?.program !== PROGRAM) return undefined
    const { place, principal } = review
    const isOwn = canonicalJson({ place, principal }) === canonicalJson(this.callerOf(request))
    return isOwn ? review : undefined
  }

  /** The caller's latest review of an equal call. */
  async findEqual(
    { command, call }: Pick<NewReview, 'command' | 'call'>,
    request: Request,
  ): Promise<StoredReview | undefined> {
    const reviews = await (await this.open()).list({ caller: this.callerOf(request) })
    const wanted = keyOf(call)
    return reviews.find(
      (one) => one.program === PROGRAM && one.command === command && keyOf(one.call) === wanted,
    )
  }

  async close(): Promise<void> {
    const store = await this.#opened?.catch(() => undefined)
    await store?.close()
  }

  async #open(): Promise<Reviews> {
    return (await this.#setup.state.open()).openReviews()
  }
}

function keyOf(call: Readonly<Record<string, unknown>>): string {
  const defining = Object.entries(call).filter(([name]) => !FREE.has(name))
  // Numbers have one form once they have been read from JSON.
  return canonicalJson(parseJson(stringifyJson(Object.fromEntries(defining))))
}
