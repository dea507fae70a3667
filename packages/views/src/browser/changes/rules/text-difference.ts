/** Which words of a text change. */

export interface TextPart {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
}

/** Longer middles are shown as replaced as a whole: comparing takes the product of both lengths. */
const MAX_COMPARED = 90_000

/** Parts in order: the same and removed ones are the text before, the same and added ones the text after. */
export function textDifference(before: string, after: string): TextPart[] {
  const old = words(before)
  const young = words(after)
  let start = 0
  while (start < old.length && start < young.length && old[start] === young[start]) start += 1
  let end = 0
  while (
    end < Math.min(old.length, young.length) - start &&
    old[old.length - 1 - end] === young[young.length - 1 - end]
  )
    end += 1
  return merge([
    { kind: 'same', text: old.slice(0, start).join('') },
    ...middle(old.slice(start, old.length - end), young.slice(start, young.length - end)),
    { kind: 'same', text: old.slice(old.length - end).join('') },
  ])
}

/** Of the longer text, the share that stays the same, from 0 to 1. */
export function sameShare(parts: readonly TextPart[]): number {
  const lengths = { same: 0, removed: 0, added: 0 }
  for (const { kind, text } of parts) lengths[kind] += text.length
  const longer = lengths.same + Math.max(lengths.removed, lengths.added)
  return longer === 0 ? 1 : lengths.same / longer
}

function words(text: string): string[] {
  return text.match(/[\p{L}\p{N}\p{M}_]+|\s+|./gsu) ?? []
}

function middle(old: readonly string[], young: readonly string[]): TextPart[] {
  if (old.length * young.length > MAX_COMPARED)
    return [
      { kind: 'removed', text: old.join('') },
      { kind: 'added', text: young.join('') },
    ]
  const lengths = commonLengths(old, young)
  const width = young.length + 1
  const parts: TextPart[] = []
  let i = 0
  let j = 0
  while (i < old.length || j < young.length) {
    const removed = old[i]
    const added = young[j]
    if (removed !== undefined && removed === added) {
      parts.push({ kind: 'same', text: removed })
      i += 1
      j += 1
    } else if (
      added === undefined ||
      (removed !== undefined &&
        (lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0))
    ) {
      parts.push({ kind: 'removed', text: removed ?? '' })
      i += 1
    } else {
      parts.push({ kind: 'added', text: added })
      j += 1
    }
  }
  return parts
}

/** For each pair of ends the length of the longest common sequence, by rows of `young.length + 1`. */
function commonLengths(old: readonly string[], young: readonly string[]): Uint16Array {
  const width = young.length + 1
  const lengths = new Uint16Array((old.length + 1) * width)
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = young.length - 1; j >= 0; j -= 1) {
      const here = i * width + j
      lengths[here] =
        old[i] === young[j]
          ? (lengths[here + width + 1] ?? 0) + 1
          : Math.max(lengths[here + width] ?? 0, lengths[here + 1] ?? 0)
    }
  }
  return lengths
}

/** Joins neighbours of the same kind, and puts what is removed before what is added in its place. */
function merge(parts: readonly TextPart[]): TextPart[] {
  const merged: TextPart[] = []
  let removed = ''
  let added = ''
  const flush = () => {
    if (removed !== '') merged.push({ kind: 'removed', text: removed })
    if (added !== '') merged.push({ kind: 'added', text: added })
    removed = ''
    added = ''
  }
  for (const { kind, text } of parts) {
    if (text === '') continue
    if (kind === 'removed') removed += text
    else if (kind === 'added') added += text
    else {
      flush()
      const last = merged.at(-1)
      if (last?.kind === 'same') merged[merged.length - 1] = { kind, text: last.text + text }
      else merged.push({ kind, text })
    }
  }
  flush()
  return merged
}

/** Shortens what stays the same around the changes, so that they fit in a few lines. */
export function excerpt(parts: readonly TextPart[], context: number): TextPart[] {
  return parts.map((part, index) => {
    if (part.kind !== 'same') return part
    const isFirst = index === 0
    const isLast = index === parts.length - 1
    const room = context * (isFirst || isLast ? 1 : 2)
    if (part.text.length <= room + 1) return part
    const head = isFirst ? '' : headOf(part.text, context)
    const tail = isLast ? '' : tailOf(part.text, context)
    return { kind: 'same', text: `${head}…${tail}` }
  })
}

/** The first words, or characters without half a surrogate pair if the first word is longer. */
function headOf(text: string, length: number): string {
  const head = text.slice(0, length)
  return head.replace(/(?<=\s)\S*$/, '').trimEnd() || head.replace(/[\uD800-\uDBFF]$/, '')
}

function tailOf(text: string, length: number): string {
  const tail = text.slice(-length)
  return tail.replace(/^\S*(?=\s)/, '').trimStart() || tail.replace(/^[\uDC00-\uDFFF]/, '')
}
