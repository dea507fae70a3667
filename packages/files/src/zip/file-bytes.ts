import type { FileHandle } from 'node:fs/promises'
import type { RandomAccess } from './zip.ts'

/** @param count receives the number of bytes of each reading */
export function fileBytes(
  file: FileHandle,
  size: number,
  count: (bytes: number) => void = () => undefined,
): RandomAccess {
  return {
    size,
    async read(position, length) {
      // A damaged file may ask for more than there is.
      const wanted = Math.max(0, Math.min(length, size - position))
      const buffer = Buffer.allocUnsafe(wanted)
      let done = 0
      while (done < wanted) {
        const { bytesRead } = await file.read(buffer, done, wanted - done, position + done)
        if (bytesRead === 0) break
        done += bytesRead
      }
      count(done)
      return buffer.subarray(0, done)
    },
  }
}
