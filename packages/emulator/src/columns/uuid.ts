/** `uuid`: every spelling that PostgreSQL accepts, stored in the one that it prints. */
import { type ColumnCodec, rejectLiteral } from './codec.ts'

/** A hyphen may follow any group of four digits; the whole may be in braces. */
const SPELLING = /^(\{?)((?:[0-9a-f]{4}-?){7}[0-9a-f]{4})(\}?)$/i

export const uuidCodec: ColumnCodec = {
  keyed: false,
  parse(literal) {
    const match = SPELLING.exec(literal)
    if (match?.[2] === undefined || (match[1] === '') !== (match[3] === ''))
      rejectLiteral('uuid', literal)
    const digits = match[2].replaceAll('-', '').toLowerCase()
    const uuid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    return { value: uuid, key: uuid }
  },
  write(value) {
    return `"${value}"`
  },
}
