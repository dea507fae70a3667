/**
 * Texts and ids as the database stores them. A text of PostgreSQL has no NUL and no half of a surrogate
 * pair, and comes back as it was all the same. Equal texts have equal forms.
 */
import { type PackedId, packId } from '@chatlayer-tables/local'

/** Begins the form of a text that PostgreSQL cannot store as it is; JSON follows. */
const MARK = '\u0001'

const AS_UUID = 0x75
const AS_TEXT = 0x74

export function encodeText(text: string): string {
  const isPlain = !text.includes('\0') && text.isWellFormed() && !text.startsWith(MARK)
  return isPlain ? text : MARK + JSON.stringify(text)
}

export function encodeOptional(text: string | undefined): string | null {
  return text === undefined ? null : encodeText(text)
}

export function decodeText(text: string): string {
  return text.startsWith(MARK) ? String(JSON.parse(text.slice(MARK.length))) : text
}

/** A record's id: a mark of its form, then the bytes of a UUID or a text. */
export function encodeId(id: string): Buffer {
  const packed = packId(id)
  return typeof packed === 'string'
    ? Buffer.concat([Buffer.of(AS_TEXT), Buffer.from(encodeText(packed))])
    : Buffer.concat([Buffer.of(AS_UUID), packed])
}

/** The id in the form that the journal's rows have it. */
export function decodeId(bytes: Buffer): PackedId {
  const rest = bytes.subarray(1)
  return bytes[0] === AS_UUID ? rest : decodeText(rest.toString())
}
