/** A uuid in any form that PostgreSQL accepts: optional hyphens and braces, any case. */
const UUID = /^(\{)?[0-9a-f]{4}(?:-?[0-9a-f]{4}){7}(\})?$/i

/** The lower-case, hyphenated form; undefined when the text is not a uuid. */
export function canonicalUuid(text: string): string | undefined {
  const match = UUID.exec(text)
  if (match === null || (match[1] === undefined) !== (match[2] === undefined)) return undefined
  const hex = text.replace(/[{}-]/g, '').toLowerCase()
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}
