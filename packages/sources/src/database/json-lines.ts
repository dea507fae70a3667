/** Rows of a database as NDJSON. */

/** A value as its JSON text; null for null. Text, so that no digit of a number is lost. */
export type JsonText = string | null

/** The size of a chunk, in characters: large enough that the chunks cost nothing. */
const CHUNK = 64 * 1024

/**
 * The rows as NDJSON: one object per line, each with all columns in their order.
 *
 * @param batches rows in the order of the columns
 */
export async function* jsonLines(
  names: readonly string[],
  batches: AsyncIterable<readonly (readonly JsonText[])[]>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const before = names.map((name, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`)
  let text = ''
  for await (const rows of batches) {
    for (const row of rows) {
      for (let index = 0; index < before.length; index++)
        text += before[index] + (row[index] ?? 'null')
      text += '}\n'
      if (text.length < CHUNK) continue
      yield Buffer.from(text)
      text = ''
    }
  }
  if (text !== '') yield Buffer.from(text)
}
