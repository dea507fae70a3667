import { writeFile } from 'node:fs/promises'
import type { Context } from '../context.ts'

/** Writes a text to a file, or to stdout without one. */
export async function writeOutput(
  { out, messages }: Pick<Context, 'out' | 'messages'>,
  file: string | undefined,
  text: string,
): Promise<void> {
  if (file === undefined || file === '-') return await out.write(text)
  await writeFile(file, text)
  await messages.note(`wrote ${file}`)
}
