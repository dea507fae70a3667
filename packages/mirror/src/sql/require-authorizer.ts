import { SqlError } from '../errors.ts'

/** Only the authorizer keeps SQL from doing more than reading. @throws SqlError on an older Node */
export function requireAuthorizer(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 24 || (major === 24 && minor >= 15)) return
  throw new SqlError(`SQL needs Node 24.15 or newer; this is ${process.versions.node}`, {
    kind: 'refused',
    hint: 'Older releases cannot limit what a query does.',
  })
}
