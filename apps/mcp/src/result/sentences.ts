/** Sentences of notices. */

/** Joins the sentences that are not undefined; undefined if none is left. */
export function joinSentences(...sentences: readonly (string | undefined)[]): string | undefined {
  return sentences.filter((sentence) => sentence !== undefined).join(' ') || undefined
}

/** A number with its noun, such as `1 record` or `3 records`. */
export function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`
}

/** A number in groups of three digits, such as `100,000`, with its noun if there is one. */
export function grouped(count: number, noun?: string): string {
  const digits = count.toLocaleString('en-US')
  return noun === undefined ? digits : counted(count, noun).replace(String(count), digits)
}
