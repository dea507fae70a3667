/**
 * The gateway's messages without values: known words stay, everything else becomes an ellipsis. A
 * message is often the only thing that says what a gateway does not accept.
 */
import { Later, type Placeholders } from './placeholders.ts'
import { isWord } from './words.ts'

const MAX_LENGTH = 300
const GAP = '…'
const PUNCTUATION = /^[-.,:;()[\]{}"'`<>=/!?|]$/

/** The message, once every value of a user is known. */
export function maskMessage(text: string, placeholders: Placeholders): Later {
  return new Later(() => messageOf(text.slice(0, MAX_LENGTH), placeholders))
}

function messageOf(text: string, placeholders: Placeholders): string {
  const tokens = text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []
  const kept = tokens.map((token, at) => {
    if (/^\s/.test(token)) return ' '
    if (PUNCTUATION.test(token)) return token
    if (/^\d+$/.test(token)) return isFreeNumber(tokens, at) ? token : GAP
    return isWord(token) && !placeholders.isKnown(token) ? token : GAP
  })
  return kept.join('').replace(/…(?:[-\s.,:;()[\]{}"'`<>=/!?|]*…)+/g, GAP)
}

/**
 * Whether a number is a limit, not part of a value: of at most four digits, after a word, and with no
 * other number next to it.
 */
function isFreeNumber(tokens: readonly string[], at: number): boolean {
  const [before, after] = [tokens.slice(0, at).join(''), tokens.slice(at + 1).join('')]
  return (
    (tokens[at]?.length ?? 0) <= 4 &&
    /(?:^|[a-z] )$/.test(before) &&
    /^(?:$|[.,;]?(?:$| (?!\P{L}*\d)))/u.test(after)
  )
}
