/** What a workbook says of its sheets, and what cells need that stands elsewhere. */
import { TextDecoder } from 'node:util'
import type { ZipArchive } from '../../zip/zip.ts'
import { type NumberKind, numberKind } from './dates.ts'
import { unescapeText } from './escaped-text.ts'
import { XmlError, type XmlHandler, XmlScanner } from './xml.ts'

export interface Sheet {
  readonly name: string
  readonly path: string
  readonly hidden: boolean
}

export interface Workbook {
  readonly sheets: readonly Sheet[]
  readonly epoch1904: boolean
  readonly stylesPath: string | undefined
  readonly stringsPath: string | undefined
}

/** @returns undefined when the archive holds no workbook */
export async function readWorkbook(zip: ZipArchive): Promise<Workbook | undefined> {
  const main = (await relations(zip, '_rels/.rels', '')).find((one) =>
    one.type.endsWith('/officeDocument'),
  )
  const path = main?.path ?? 'xl/workbook.xml'
  if (!zip.has(path) || !path.endsWith('.xml')) return undefined
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const parts = await relations(zip, `${folder}_rels/${path.slice(folder.length)}.rels`, folder)
  const sheets: Sheet[] = []
  let epoch1904 = false
  await scan(zip, path, {
    open(name, attributes) {
      if (name === 'workbookPr') epoch1904 = isTrue(attributes.get('date1904'))
      if (name !== 'sheet') return
      const part = parts.find(({ id }) => id === attributes.get('id'))
      // Charts stand among the sheets, and are none.
      if (part === undefined || !part.type.endsWith('/worksheet')) return
      const hidden = /hidden/i.test(attributes.get('state') ?? '')
      sheets.push({ name: attributes.get('name') ?? '', path: part.path, hidden })
    },
  })
  const pathOf = (kind: string) => parts.find(({ type }) => type.endsWith(`/${kind}`))?.path
  return {
    sheets,
    epoch1904,
    stylesPath: pathOf('styles'),
    stringsPath: pathOf('sharedStrings'),
  }
}

interface Relation {
  readonly id: string
  readonly type: string
  readonly path: string
}

async function relations(zip: ZipArchive, path: string, folder: string): Promise<Relation[]> {
  const found: Relation[] = []
  if (!zip.has(path)) return found
  await scan(zip, path, {
    open(name, attributes) {
      if (name !== 'Relationship') return
      found.push({
        id: attributes.get('Id') ?? '',
        type: attributes.get('Type') ?? '',
        path: new URL(attributes.get('Target') ?? '', `zip:///${folder}`).pathname.slice(1),
      })
    },
  })
  return found
}

/** What kind of number each cell format makes, by its place in the list of formats. */
export async function readStyles(zip: ZipArchive, path: string | undefined): Promise<NumberKind[]> {
  const codes = new Map<number, string>()
  const ids: number[] = []
  let inFormats = false
  if (path === undefined || !zip.has(path)) return []
  await scan(zip, path, {
    open(name, attributes) {
      if (name === 'cellXfs') inFormats = true
      const id = Number(attributes.get('numFmtId') ?? 0)
      if (name === 'numFmt') codes.set(id, attributes.get('formatCode') ?? '')
      if (name === 'xf' && inFormats) ids.push(id)
    },
    close(name) {
      if (name === 'cellXfs') inFormats = false
    },
  })
  return ids.map((id) => numberKind(id, codes.get(id)))
}

/** In characters, all strings together. */
const MOST_SHARED = 512 * 1024 * 1024

/** The texts that cells refer to by number. They are all held in memory. */
export async function readSharedStrings(
  zip: ZipArchive,
  path: string | undefined,
): Promise<string[]> {
  const strings: string[] = []
  const item = new TextParts()
  let total = 0
  if (path === undefined || !zip.has(path)) return strings
  await scan(zip, path, {
    open(name) {
      if (name === 'si') item.begin()
      else item.open(name)
    },
    text: (text) => item.add(text),
    close(name) {
      item.close(name)
      if (name !== 'si') return
      const text = item.end() ?? ''
      total += text.length
      if (total > MOST_SHARED) throw new XmlError('its texts are too long to be held in memory')
      strings.push(text)
    },
  })
  return strings
}

/** The text of a string item: of its `t`, or of those of its runs, without what tells how to say it. */
export class TextParts {
  #text: string | undefined
  #inside = false
  #phonetic = false

  begin(): void {
    this.#text = undefined
    this.#inside = false
    this.#phonetic = false
  }

  open(name: string): void {
    if (name === 'rPh') this.#phonetic = true
    if (name !== 't' || this.#phonetic) return
    this.#inside = true
    this.#text ??= ''
  }

  add(text: string): void {
    if (this.#inside) this.#text += text
  }

  close(name: string): void {
    if (name === 't') this.#inside = false
    if (name === 'rPh') this.#phonetic = false
  }

  /** undefined when there was no `t`. */
  end(): string | undefined {
    return this.#text === undefined ? undefined : unescapeText(this.#text)
  }
}

/** Walks through a part of the archive. @throws XmlError, ZipError */
async function scan(zip: ZipArchive, path: string, handler: XmlHandler): Promise<void> {
  for await (const _ of scanning(zip, path, handler));
}

/** The same, stopping after each chunk. */
export async function* scanning(
  zip: ZipArchive,
  path: string,
  handler: XmlHandler,
): AsyncGenerator<void, void, undefined> {
  const scanner = new XmlScanner(handler)
  const decoder = new TextDecoder()
  for await (const chunk of zip.read(path)) {
    scanner.push(decoder.decode(chunk, { stream: true }))
    yield
  }
  scanner.end()
}

export function isTrue(text: string | undefined): boolean {
  return text === '1' || text === 'true' || text === 'on'
}
