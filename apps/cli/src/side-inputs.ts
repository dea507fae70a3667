/** Databases and HTTP APIs as inputs: from an address to what commands read as a file. */
import type {
  AddressKind,
  HttpSettings,
  Side,
  SideKind,
  SideReading,
} from '@chatlayer-tables/sources'
import { addressKind } from '@chatlayer-tables/sources/address'
import type { InputFormat, RepeatableInput } from '@chatlayer-tables/transfer'
import { addressOf, readSavedReference } from './connections/saved-address.ts'
import type { Context } from './context.ts'
import { UsageError } from './failures.ts'
import { formatBytes, formatCount, Progress } from './output/progress.ts'

export interface AddressOptions {
  /** An SQL query in place of the table of a database. */
  readonly query?: string | undefined
  /** How an HTTP API is read. */
  readonly http?: HttpSettings | undefined
}

/** A side that was opened, as an input that can be read several times. */
export interface AddressInput extends AsyncDisposable {
  readonly side: Side
  readonly input: RepeatableInput
  /** The last reading, which has the columns of a database. */
  readonly reading: SideReading | undefined
  /** The validator of an earlier reading: reading throws {@link SideUnchanged} if nothing has changed. */
  ifChangedFrom: string | undefined
  /** Called before the rows are used, when the side has changed. */
  onChanged: (() => Promise<void>) | undefined
}

/** The side reports that nothing has changed since an earlier reading. */
export class SideUnchanged extends Error {
  override readonly name = 'SideUnchanged'
}

/**
 * Opens the side at an address. Messages about it name it without user, password and parameters.
 *
 * @throws UsageError for text that is not an address; InvalidInputError, SideError as `openSide` does
 */
export async function openAddress(
  context: Pick<Context, 'io' | 'messages' | 'stop'>,
  address: string,
  options: AddressOptions = {},
): Promise<AddressInput> {
  const target = await resolveAddress(context, address)
  const { kind, secret, secretHeader } = target
  checkKind(kind, options)
  // Loaded here, since most commands need none of it.
  const { openSide } = await import('@chatlayer-tables/sources')
  const { io, messages, stop } = context
  const side = await openSide(kind, {
    address: target.address,
    query: options.query,
    http: secretHeader === undefined ? options.http : { ...options.http, secretHeader },
    secret,
    env: io.env,
    signal: stop,
    onRetry: (reason) => void messages.say(`${reason}; trying again`),
  })
  return new OpenAddress(context, side)
}

/** An address, with what a saved connection adds to it. */
export interface ResolvedAddress {
  readonly kind: AddressKind
  readonly address: string
  /** The password or token. */
  readonly secret: string | undefined
  /** The header that sends it to an HTTP API. */
  readonly secretHeader: string | undefined
}

/**
 * Replaces a reference to a saved connection by what was saved.
 *
 * @throws UsageError for text that is not an address, and for a connection that is not saved
 */
export async function resolveAddress(
  context: Pick<Context, 'io'>,
  text: string,
): Promise<ResolvedAddress> {
  const reference = readSavedReference(text)
  if (reference === undefined) {
    const kind = addressKind(text)
    if (kind === undefined)
      throw new UsageError('this is not an address of a database or an HTTP API')
    return { kind, address: text, secret: undefined, secretHeader: undefined }
  }
  // Loaded here, since most commands need none of it.
  const { openConnections } = await import('./profiles/open-profiles.ts')
  const connections = openConnections(context)
  const connection = await connections.read(reference.name)
  const address = addressOf(reference, connection)
  const kind = addressKind(address)
  if (kind === undefined) throw new Error('a saved connection without an address')
  const secret = await connections.secret(reference.name, connection)
  return { kind, address, secret, secretHeader: connection.header }
}

/** @throws UsageError for options that the kind of a saved connection does not have */
function checkKind(kind: AddressKind, { query, http }: AddressOptions): void {
  if (kind === 'http' && query !== undefined) {
    throw new UsageError('--query is for databases, and this connection is to an HTTP API')
  }
  if (kind !== 'http' && http !== undefined) {
    throw new UsageError('options of HTTP APIs were passed, and this connection is to a database')
  }
}

class OpenAddress implements AddressInput {
  readonly side: Side
  readonly input: RepeatableInput
  reading: SideReading | undefined
  ifChangedFrom: string | undefined
  onChanged: (() => Promise<void>) | undefined
  readonly #messages: Context['messages']
  /** Rows of the reading in progress; bytes where rows cannot be counted. */
  #done = 0
  #isNoted = false

  constructor({ messages }: Pick<Context, 'messages'>, side: Side) {
    this.side = side
    this.#messages = messages
    this.input = {
      name: side.name,
      read: (signal) => this.#read(signal),
      onRepeat: (error) => this.#reportRepeat(error),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.side[Symbol.asyncDispose]()
  }

  async #read(signal: AbortSignal | undefined) {
    this.#done = 0
    const reading = await this.side.read({ signal, ifChangedFrom: this.ifChangedFrom })
    this.reading = reading
    if (reading.unchanged) {
      await reading[Symbol.asyncDispose]()
      throw new SideUnchanged()
    }
    await this.onChanged?.()
    return {
      bytes: this.#watched(reading),
      format: formatOf(reading, this.side.kind),
      [Symbol.asyncDispose]: () => reading[Symbol.asyncDispose](),
    }
  }

  async *#watched(reading: SideReading): AsyncGenerator<Uint8Array, void, undefined> {
    const progress = new Progress(this.#messages)
    const isCounted = reading.format === 'ndjson'
    try {
      for await (const chunk of reading.bytes()) {
        this.#done += isCounted ? countLines(chunk) : chunk.length
        progress.show(() => `reading ${this.side.name}: ${this.#amount(reading)}`)
        yield chunk
      }
    } finally {
      await progress.end()
    }
    if (this.#isNoted) return
    this.#isNoted = true
    for (const note of reading.notes) await this.#messages.note(`${this.side.name}: ${note}`)
  }

  #amount({ format, count }: SideReading): string {
    if (format !== 'ndjson') return formatBytes(this.#done)
    const done = formatCount(this.#done)
    return count === undefined ? `${done} rows` : `${done} of ${formatCount(count)} rows`
  }

  async #reportRepeat(error: Error): Promise<void> {
    const { reading } = this
    const place = reading === undefined ? '' : `, after ${this.#amount(reading)}`
    await this.#messages.say(
      `${error.message}${place}; nothing was written yet, reading ${this.side.name} again from the start`,
    )
  }
}

function formatOf({ format, columns }: SideReading, kind: SideKind): InputFormat {
  // A row of NDJSON is a line, but no line that the user knows.
  const place = format === 'ndjson' ? 'row' : 'line'
  const header = columns?.map(({ name }) => name)
  return {
    format,
    inputKind: kind === 'http' ? 'API' : 'database',
    place,
    // The bytes of CSV are as an API sent them.
    ...(format === 'ndjson' && { encoding: 'utf-8' }),
    ...(header === undefined ? {} : { header }),
  }
}

const NEWLINE = 10

function countLines(chunk: Uint8Array): number {
  let count = 0
  for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) count++
  return count
}
