/** Text in chunks. The first one is long enough to detect the format. */

export interface Text {
  /** The beginning: {@link TEXT_SAMPLE} characters or some more, fewer where there are no more. */
  readonly head: string
  /** Whether the beginning is all there is. */
  readonly whole: boolean
  /** All of it, the beginning included. */
  readonly chunks: AsyncGenerator<string, void, undefined>
}

/** Length of the sample that shows the format, in characters. */
const TEXT_SAMPLE = 64 * 1024

export async function readText(chunks: AsyncGenerator<string, void, undefined>): Promise<Text> {
  let head = ''
  let whole = false
  while (head.length < TEXT_SAMPLE) {
    const { done, value } = await chunks.next()
    if (done === true) {
      whole = true
      break
    }
    head += value
  }
  return { head, whole, chunks: whole ? only(head) : followed(head, chunks) }
}

async function* only(text: string): AsyncGenerator<string, void, undefined> {
  yield text
}

async function* followed(
  head: string,
  rest: AsyncGenerator<string, void, undefined>,
): AsyncGenerator<string, void, undefined> {
  yield head
  yield* rest
}
