/** Real token counts. Loading this file takes long and much memory: only the worker thread imports it. */
import * as cl100k from 'gpt-tokenizer/encoding/cl100k_base'
import * as o200k from 'gpt-tokenizer/encoding/o200k_base'

const ENCODINGS = [o200k, cl100k]

/** Kept results of merges; the default would let the memory grow with the texts. */
const CACHE_SIZE = 5_000
for (const { setMergeCacheSize } of ENCODINGS) setMergeCacheSize(CACHE_SIZE)

/** Names of special tokens in a text are text. */
const PLAIN = { disallowedSpecial: new Set<string>() }

/** The tokenizers need time by the square of a run of letters, of signs or of spaces, so long ones are cut. */
const RUN_LENGTH = 256
const LONG_RUN = /[\p{L}\p{M}]{257,}|[^\s\p{L}\p{N}]{257,}|\s{257,}/gu

/** The tokens of a text by the tokenizer that needs more. Long runs are counted slightly too high. */
export function tokensOf(text: string): number {
  const parts = [...partsOf(text)]
  const margin = parts.length - 1
  return Math.max(
    ...ENCODINGS.map(({ countTokens }) =>
      parts.reduce((sum, part) => sum + countTokens(part, PLAIN), margin),
    ),
  )
}

function* partsOf(text: string): Generator<string, void, undefined> {
  let done = 0
  for (const { 0: run, index } of text.matchAll(LONG_RUN)) {
    if (index > done) yield text.slice(done, index)
    const characters = [...run]
    for (let at = 0; at < characters.length; at += RUN_LENGTH) {
      yield characters.slice(at, at + RUN_LENGTH).join('')
    }
    done = index + run.length
  }
  if (done < text.length || done === 0) yield text.slice(done)
}
