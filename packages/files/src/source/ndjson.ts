/** One JSON object a line. */
import { InvalidInputError, parseJson } from '@chatlayer-tables/core'
import { asObject, type PlacedObject } from './objects.ts'

/** The maximum length of a line, in characters. */
const MAX_LINE_LENGTH = 64 * 1024 * 1024

/**
 * The objects, in order; blank lines are skipped.
 *
 * @throws InvalidInputError at the first line that is not a JSON object
 */
export async function* readNdjson(
  chunks: AsyncIterable<string>,
  name: string,
): AsyncGenerator<PlacedObject, void, undefined> {
  let line = 0
  for await (const marked of lines(chunks)) {
    line += 1
    // Where files were joined, a line may begin with the mark of one.
    const text = marked.startsWith('\ufeff') ? marked.replace(/^\ufeff+/, '') : marked
    if (text.length > MAX_LINE_LENGTH) {
      throw new InvalidInputError(`${name}, line ${line}: the line is too long`)
    }
    if (text.trim() === '') continue
    let value: unknown
    try {
      value = parseJson(text)
    } catch {
      throw new InvalidInputError(`${name}, line ${line}: this is not JSON`, {
        hint: 'Write one object on each line; objects over several lines belong in a list: [{…}, {…}].',
      })
    }
    yield { line, object: asObject(value, `${name}, line ${line}`), text }
  }
}

async function* lines(chunks: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let rest: string[] = []
  let length = 0
  for await (const chunk of chunks) {
    let from = 0
    for (;;) {
      const end = chunk.indexOf('\n', from)
      if (end === -1) break
      rest.push(chunk.slice(from, end))
      yield rest.length === 1 ? (rest[0] ?? '') : rest.join('')
      rest = []
      length = 0
      from = end + 1
    }
    if (from === chunk.length) continue
    rest.push(chunk.slice(from))
    length += chunk.length - from
    // An endless line is rejected before it fills the memory.
    if (length > MAX_LINE_LENGTH) break
  }
  if (rest.length > 0) yield rest.join('')
}
