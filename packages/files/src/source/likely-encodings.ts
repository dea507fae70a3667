/** Finds likely encodings of a text. The user chooses by the text of a line in each. */
import { hasMisplacedCapital, isWesternToken, tokensOf } from './western.ts'

/** A line of the text in an encoding that it may be in. */
export interface LikelyEncoding {
  /** The name that `--encoding` takes. */
  readonly label: string
  readonly line: string
}

/** How many lines with bytes beyond ASCII are compared, and how much of each, in bytes. */
const MAX_LINES = 200
const MAX_LINE = 400

/** How many encodings are shown. */
const MAX_SHOWN = 3

type Judge = (token: string) => boolean

/** The share of the characters of two bytes that are common ones. */
type CommonPair = (lead: number, trail: number) => boolean

interface Candidate {
  readonly label: string
  readonly judge?: Judge
  readonly isCommon?: CommonPair
}

const CENTRAL_EUROPE = 'áâäăąćčçďđéęěëíîĺľłńňóôöőŕřśšşßťţúůüűýźžż'

/** The most used first, which counts a little. */
const CANDIDATES: readonly Candidate[] = [
  { label: 'windows-1252', judge: isWesternToken },
  { label: 'windows-1251', judge: script('Cyrillic') },
  { label: 'windows-1250', judge: latin(CENTRAL_EUROPE) },
  { label: 'shift_jis', isCommon: (lead) => lead >= 0x81 && lead <= 0x97 },
  { label: 'euc-kr', isCommon: (lead) => lead >= 0xb0 && lead <= 0xc8 },
  { label: 'gbk', isCommon: (lead, trail) => trail > 0xa0 && lead >= 0xb0 && lead <= 0xd7 },
  { label: 'big5', isCommon: (lead) => lead >= 0xa4 && lead <= 0xc6 },
  { label: 'windows-1253', judge: script('Greek') },
  { label: 'windows-1254', judge: latin('âçğıİîöşüû') },
  { label: 'windows-1257', judge: latin('āąäčćēęėģīįķļłńņóöōśšūųüźžż') },
  { label: 'windows-1255', judge: script('Hebrew') },
  { label: 'windows-1256', judge: script('Arabic') },
  { label: 'macintosh', judge: isWesternToken },
  { label: 'iso-8859-15', judge: isWesternToken },
  { label: 'iso-8859-2', judge: latin(CENTRAL_EUROPE) },
  { label: 'windows-874', judge: script('Thai') },
  { label: 'euc-jp', isCommon: (lead) => lead >= 0xa1 && lead <= 0xcf },
  { label: 'koi8-r', judge: script('Cyrillic') },
  { label: 'ibm866', judge: script('Cyrillic') },
  {
    label: 'windows-1258',
    judge: latin('ăâđêôơưàáèéìíòóùúýãõ\u0300\u0301\u0303\u0309\u0323', 3),
  },
  { label: 'x-mac-cyrillic', judge: script('Cyrillic') },
]

function script(name: string): Judge {
  const word = new RegExp(
    `^[^\\p{L}\\p{M}\\u0080-\\u009f]*[\\p{Script=${name}}\\p{M}]+[^\\p{L}\\u0080-\\u009f]*$`,
    'u',
  )
  return (token) => word.test(token) && !hasMisplacedCapital(token)
}

/** @param most letters beyond ASCII in a row */
function latin(letters: string, most = 2): Judge {
  const word = new RegExp(`^[a-z${letters}]+$`, 'i')
  const tooMany = new RegExp(`[^a-z]{${most + 1}}`, 'i')
  return (token) => word.test(token) && !tooMany.test(token) && !hasMisplacedCapital(token)
}

/**
 * The likely encodings of bytes that are not UTF-8, the most likely first.
 *
 * @param shown the line that is given as each has it
 */
export function likelyEncodings(bytes: Buffer, shown: Buffer): LikelyEncoding[] {
  const lines = linesBeyondAscii(bytes)
  const judged = CANDIDATES.flatMap(({ label, judge, isCommon }, index) => {
    const texts = lines.map((line) => decoded(line, label))
    const line = new TextDecoder(label).decode(shown)
    if (texts.includes(undefined)) return []
    const score =
      isCommon === undefined ? scoreOfWords(texts.join('\n'), judge) : scoreOfPairs(lines, isCommon)
    return [{ label, line, score: score - index / 200 }]
  })
  const likely: LikelyEncoding[] = []
  for (const { label, line } of judged.toSorted((a, b) => b.score - a.score)) {
    if (!likely.some((other) => other.line === line)) likely.push({ label, line })
  }
  return likely.slice(0, MAX_SHOWN)
}

/** The first lines that hold bytes beyond ASCII, each cut at a place where a character may begin. */
function linesBeyondAscii(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let from = 0; from < bytes.length && lines.length < MAX_LINES; ) {
    const found = bytes.subarray(from).findIndex((byte) => byte === 10 || byte === 13)
    const end = found === -1 ? bytes.length : from + found
    const line = bytes.subarray(from, end)
    // The last line may be cut within a character.
    if (line.some((byte) => byte > 127) && (found !== -1 || lines.length === 0))
      lines.push(cut(line))
    from = end + 1
  }
  return lines
}

/** Cuts a line at the end of a character, if one ends soon after the limit. */
function cut(line: Buffer): Buffer {
  if (line.length <= MAX_LINE) return line
  const end = line
    .subarray(0, 4 * MAX_LINE)
    .findIndex((byte, index) => index >= MAX_LINE && byte < 48)
  return line.subarray(0, end === -1 ? 4 * MAX_LINE : end)
}

/**
 * The line as text; it may end within a character. Undefined when a byte is not in the encoding, which
 * is decoded to a control character in some encodings.
 */
function decoded(line: Buffer, label: string): string | undefined {
  try {
    const text = new TextDecoder(label, { fatal: true }).decode(line, { stream: true })
    return /[\u0080-\u009f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

/** The share of words that pass; slightly more when more of their letters are lowercase. */
function scoreOfWords(text: string, judge: Judge = () => false): number {
  const tokens = tokensOf(text)
  const good = tokens.filter(judge)
  const letters = good.join('').match(/\p{L}/gu) ?? []
  const small = letters.filter((letter) => /\p{Ll}/u.test(letter))
  const share = letters.length === 0 ? 0 : small.length / letters.length
  return good.length / Math.max(1, tokens.length) + share / 10
}

function scoreOfPairs(lines: readonly Buffer[], isCommon: CommonPair): number {
  let pairs = 0
  let common = 0
  let single = 0
  for (const line of lines) {
    for (let at = 0; at < line.length; at += 1) {
      const [lead = 0, trail = 0] = [line[at], line[at + 1]]
      if (lead < 128) continue
      if (trail < 64) {
        single += 1
        continue
      }
      at += 1
      pairs += 1
      if (isCommon(lead, trail)) common += 1
    }
  }
  return common / Math.max(1, pairs + single)
}
