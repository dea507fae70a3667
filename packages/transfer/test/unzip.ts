/** An archive's parts by a library that shares no code with ours: the system's own inflate and offsets. */
import { readFile } from 'node:fs/promises'
import { inflateRawSync } from 'node:zlib'

/** Names and texts, by the table of contents. */
export async function unzip(path: string): Promise<Map<string, string>> {
  const bytes = await readFile(path)
  const end = bytes.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'))
  const entries = new Map<string, string>()
  let at = bytes.readUInt32LE(end + 16)
  for (let count = bytes.readUInt16LE(end + 10); count > 0; count--) {
    const packed = bytes.readUInt32LE(at + 20)
    const length = bytes.readUInt16LE(at + 28)
    const offset = bytes.readUInt32LE(at + 42)
    const start = offset + 30 + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28)
    const name = bytes.toString('utf8', at + 46, at + 46 + length)
    entries.set(name, inflateRawSync(bytes.subarray(start, start + packed)).toString())
    at += 46 + length + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  return entries
}
