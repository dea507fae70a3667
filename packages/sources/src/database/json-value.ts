import { ValueError } from './value-error.ts'

/**
 * JSON on one line, otherwise unchanged: its digits and its order are kept.
 *
 * @throws ValueError for a text that is not JSON
 */
export function jsonValue(text: string): string {
  try {
    JSON.parse(text)
  } catch {
    throw new ValueError('is not JSON', 'Read it as text: select cast(c as char) as c')
  }
  return text.replaceAll(/[\r\n]+/g, ' ')
}
