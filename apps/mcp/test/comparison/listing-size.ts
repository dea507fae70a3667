/** The size of a tool list in a conversation. */
import { countTokens as cl100k } from 'gpt-tokenizer/encoding/cl100k_base'
import { countTokens as o200k } from 'gpt-tokenizer/encoding/o200k_base'

/** A tool as `tools/list` returns it. */
export interface ListedTool {
  readonly name: string
  readonly description?: string | undefined
  readonly inputSchema: unknown
}

export interface ListingSize {
  readonly tools: number
  readonly characters: number
  readonly o200k: number
  readonly cl100k: number
}

/**
 * Counts names, descriptions and input schemas, as compact JSON. Most clients give a model only these:
 * titles, output schemas and annotations do not count.
 */
export function sizeOfListing(tools: readonly ListedTool[]): ListingSize {
  return sizeOf(
    tools.length,
    tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })),
  )
}

/** Counts all that the list contains. */
export function sizeOfWholeListing(tools: readonly ListedTool[]): ListingSize {
  return sizeOf(tools.length, tools)
}

function sizeOf(tools: number, value: unknown): ListingSize {
  const text = JSON.stringify(value)
  return { tools, characters: text.length, o200k: o200k(text), cl100k: cl100k(text) }
}
