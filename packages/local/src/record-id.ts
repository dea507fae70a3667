/** Record ids as databases on this machine store them: a UUID as 16 bytes, any other id as text. */
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

export type PackedId = string | Uint8Array

export function packId(id: string): PackedId {
  return UUID.test(id) ? Buffer.from(id.replaceAll('-', ''), 'hex') : id
}

export function unpackId(packed: PackedId): string {
  if (typeof packed === 'string') return packed
  const hex = Buffer.from(packed).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
