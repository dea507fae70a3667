/** Reads parts of a workbook's archive. */
import { TextDecoder } from 'node:util'
import type { ZipArchive } from '../../zip/zip.ts'
import { Turns } from '../turns.ts'
import { XmlError, type XmlHandler, XmlScanner } from './xml.ts'

/** Walks through a part of the archive. @throws XmlError, ZipError */
export async function scan(zip: ZipArchive, path: string, handler: XmlHandler): Promise<void> {
  for await (const _ of scanning(zip, path, handler));
}

/** The same, stopping after each chunk. */
export async function* scanning(
  zip: ZipArchive,
  path: string,
  handler: XmlHandler,
): AsyncGenerator<void, void, undefined> {
  const scanner = new XmlScanner(handler)
  const turns = new Turns()
  for await (const text of decoded(zip.read(path))) {
    scanner.push(text)
    yield
    if (turns.isDue) await turns.pass()
  }
  scanner.end()
}

async function* decoded(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let decoder: TextDecoder | undefined
  try {
    for await (const chunk of chunks) {
      decoder ??= new TextDecoder(encodingOf(chunk), { fatal: true })
      yield decoder.decode(chunk, { stream: true })
    }
    yield decoder?.decode() ?? ''
  } catch (error) {
    if (error instanceof TypeError) throw new XmlError('its text is not in UTF-8')
    throw error
  }
}

/** XML in UTF-16 begins with a byte order mark. */
function encodingOf([first, second]: Buffer): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

export function isTrue(text: string | undefined): boolean {
  return text === '1' || text === 'true' || text === 'on'
}
