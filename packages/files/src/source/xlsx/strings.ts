/** The texts of a workbook. */
import type { ZipArchive } from '../../zip/zip.ts'
import { unescapeText } from './escaped-text.ts'
import { scan } from './parts.ts'
import { XmlError } from './xml.ts'

/** Characters of one cell. A spreadsheet allows 32,767; other programs write longer cells. */
export const MAX_TEXT = 16 * 1024 * 1024
/** Characters of all shared strings together. */
const MAX_SHARED = 256 * 1024 * 1024
const MAX_STRINGS = 10_000_000

/** The texts that cells refer to by number. They are all held in memory. */
export async function readSharedStrings(
  zip: ZipArchive,
  path: string | undefined,
): Promise<string[]> {
  const strings: string[] = []
  const item = new TextParts()
  let depth = 0
  let total = 0
  if (path === undefined || !zip.has(path)) return strings
  await scan(zip, path, {
    open(name) {
      depth += 1
      if (depth === 2 && name === 'si') item.begin()
      else if (depth > 2) item.open(name)
    },
    text: (text) => item.add(text),
    close(name) {
      depth -= 1
      if (depth >= 2) item.close()
      if (depth !== 1 || name !== 'si') return
      const text = item.end() ?? ''
      total += text.length
      strings.push(text)
      if (total > MAX_SHARED || strings.length > MAX_STRINGS) {
        throw new XmlError('its texts are too many to be held in memory')
      }
    },
  })
  return strings
}

/**
 * The text of a string item: its `t`, or those of its runs (`r`), without the pronunciation (`rPh`).
 */
export class TextParts {
  #text: string | undefined
  #part: string | undefined
  readonly #open: string[] = []

  begin(): void {
    this.#text = undefined
    this.#part = undefined
    this.#open.length = 0
  }

  /** An element within the item. */
  open(name: string): void {
    this.#open.push(name)
    if (this.#isText) this.#part = ''
  }

  add(text: string): void {
    if (!this.#isText) return
    this.#part = (this.#part ?? '') + text
    if ((this.#text?.length ?? 0) + this.#part.length > MAX_TEXT) throw new XmlError(TOO_LONG)
  }

  close(): void {
    if (this.#isText) {
      this.#text = (this.#text ?? '') + unescapeText(this.#part ?? '')
      this.#part = undefined
    }
    this.#open.pop()
  }

  /** undefined when there was no `t`. */
  end(): string | undefined {
    return this.#text
  }

  get #isText(): boolean {
    const [first, second] = this.#open
    if (this.#open.length === 1) return first === 't'
    return this.#open.length === 2 && first === 'r' && second === 't'
  }
}

export const TOO_LONG = `the text of a cell is longer than ${MAX_TEXT.toLocaleString('en-US')} characters`
