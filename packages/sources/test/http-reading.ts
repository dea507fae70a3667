/** Reads an HTTP API in tests, without the waits between attempts. */
import type { HttpSettings } from '../src/http/http-settings.ts'
import { openHttp } from '../src/http/open-http.ts'
import type { SideInput } from '../src/open-side.ts'
import type { ReadOptions } from '../src/side.ts'

export interface ReadText {
  readonly format: string
  readonly text: string
  readonly notes: readonly string[]
  readonly validator: string | undefined
  readonly unchanged: boolean
  /** What was said before an attempt was repeated. */
  readonly retries: readonly string[]
  /** How long the reading would have waited, in milliseconds. */
  readonly waits: readonly number[]
}

export type ReadInput = Partial<Omit<SideInput, 'address'>> & Pick<ReadOptions, 'ifChangedFrom'>

export async function readApi(
  address: string,
  http: HttpSettings = {},
  input: ReadInput = {},
): Promise<ReadText> {
  const retries: string[] = []
  const waits: number[] = []
  await using side = await openHttp(
    { env: {}, http, onRetry: (reason) => retries.push(reason), ...input, address },
    async (ms) => {
      waits.push(ms)
    },
  )
  await using reading = await side.read({ ifChangedFrom: input.ifChangedFrom })
  const chunks: Uint8Array[] = []
  if (reading.unchanged !== true) for await (const chunk of reading.bytes()) chunks.push(chunk)
  return {
    format: reading.format,
    text: Buffer.concat(chunks).toString(),
    notes: reading.notes,
    validator: reading.validator,
    unchanged: reading.unchanged === true,
    retries,
    waits,
  }
}

/** The lines of NDJSON. */
export function linesOf({ text }: ReadText): string[] {
  return text.split('\n').filter((line) => line !== '')
}
