/** Reads a whole backup, with progress on stderr. */
import { verifyBackup } from '@chatlayer-tables/transfer'
import type { Context } from './context.ts'
import { formatBytes, formatCount, Progress } from './output/progress.ts'
import { printable } from './printable.ts'

/** @returns the report */
export async function verifyWithProgress(file: string, { messages, stop }: Context) {
  const progress = new Progress(messages)
  const report = await verifyBackup({
    file,
    signal: stop,
    onProgress: ({ bytes, totalBytes, records }) =>
      progress.show(() =>
        records === 0
          ? `verifying: ${formatBytes(bytes)} of ${formatBytes(totalBytes)}`
          : `verifying: ${formatCount(records)} records`,
      ),
  })
  await progress.end()
  return report
}

export function problemLine({ place, reason }: { place: string; reason: string }): string {
  return printable(`${place}: ${reason}`)
}
