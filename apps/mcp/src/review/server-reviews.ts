/** The reviews of a server, in the state folder, which replicas and the command line share. */
import { type Client, canonicalJson, parseJson, stringifyJson } from '@chatlayer-tables/core'
import type {
  NewReview,
  ReviewCaller,
  Reviews,
  StoredReview,
} from '@chatlayer-tables/journal/reviews'
import { connectionOf, stateFolderOf } from '../journal/write-journal.ts'
import type { RequestFacts } from '../request-facts.ts'
import { ToolError } from '../result/tool-error.ts'
import type { Setup } from '../session.ts'

type Request = Pick<RequestFacts, 'principal'>

/** Of reviews that this program creates. */
const PROGRAM = 'mcp'

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
    this.#setup.log.error(error instanceof Error ? error.message : String(error))
    return new ToolError(
      'CONFIGURATION',
      'Nothing was written: this write needs a review, and this server cannot store one.',
      { hint: 'Ask the operator to check the log of the server (stderr) and its state folder.' },
    )
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
    const { openReviews } = await import('@chatlayer-tables/journal/reviews')
    return openReviews(await stateFolderOf(this.#setup))
  }
}

function keyOf(call: Readonly<Record<string, unknown>>): string {
  const defining = Object.entries(call).filter(([name]) => !FREE.has(name))
  // Numbers have one form once they have been read from JSON.
  return canonicalJson(parseJson(stringifyJson(Object.fromEntries(defining))))
}
