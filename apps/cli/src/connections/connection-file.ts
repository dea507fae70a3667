/** A saved connection to a database or an HTTP API, without its secret. */
import { addressKind } from '@chatlayer-tables/sources/address'
import { z } from 'zod'
import { UsageError } from '../failures.ts'
import { parseJsonFile } from '../profiles/profile.ts'

const ConnectionFile = z.strictObject({
  format: z.literal(1),
  address: z.string().refine((address) => addressKind(address) !== undefined, 'not an address'),
  /** The header of an HTTP API that sends the secret (default: as a bearer token). */
  header: z.string().optional(),
  secret: z.enum(['keychain', 'file', 'none']),
})

export type Connection = Omit<z.output<typeof ConnectionFile>, 'format'>

/** @throws UsageError that names the file, and repeats nothing of it */
export function parseConnection(content: string, file: string, name: string): Connection {
  const hint = `Fix the file, or save the connection again: clt connections add ${name}`
  const parsed = ConnectionFile.safeParse(parseJsonFile(content, file, hint))
  if (parsed.success) {
    const { format: _, ...connection } = parsed.data
    return connection
  }
  const place = parsed.error.issues[0]?.path.join('.') || 'its top'
  throw new UsageError(`${file} is invalid at ${place}`, hint)
}

export function formatConnection(connection: Connection): string {
  return `${JSON.stringify({ format: 1, ...connection }, undefined, 2)}\n`
}
