/** Sentences of notices. */

/** Joins the sentences that are not undefined; undefined if none is left. */
export function joinSentences(...sentences: readonly (string | undefined)[]): string | undefined {
  return sentences.filter((sentence) => sentence !== undefined).join(' ') || undefined
}

/** A number with its noun, such as `1 record` or `3 records`. */
export function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`
}
