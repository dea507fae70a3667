/** Reads the rows of an NDJSON page: each line unchanged. */
import { readNdjson } from '@chatlayer-tables/files'
import { type PageBytes, PageLines } from './page.ts'

/** @throws InvalidInputError at the first line that is not a JSON object */
export async function* readNdjsonRows(texts: AsyncIterable<string>, place: string): PageBytes {
  const lines = new PageLines()
  for await (const { text } of readNdjson(texts, place)) {
    const bytes = lines.add(text.trim())
    if (bytes !== undefined) yield bytes
  }
  if (lines.rows > 0) yield lines.flush()
  return lines.content(undefined)
}
