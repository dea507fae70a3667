/** `bool`: PostgreSQL's words for true and false, in any case and abbreviated anywhere. */
import { type ColumnCodec, rejectLiteral, trimSpace } from './codec.ts'

const TRUE = ['true', 'yes', 'on', '1']
const FALSE = ['false', 'no', 'off', '0']

export const boolCodec: ColumnCodec = {
  keyed: false,
  parse(literal) {
    const word = trimSpace(literal).toLowerCase()
    // A single "o" could start both "on" and "off".
    const isWord = (whole: string) => word !== '' && word !== 'o' && whole.startsWith(word)
    const value = TRUE.some(isWord) ? 1n : FALSE.some(isWord) ? 0n : rejectLiteral('bool', literal)
    return { value, key: value }
  },
  write(value) {
    return value === 1n ? 'true' : 'false'
  },
}
