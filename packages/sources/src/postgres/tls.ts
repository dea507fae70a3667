/** Encryption of connections. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ConnectionOptions, getCACertificates } from 'node:tls'
import { InvalidInputError } from '@chatlayer-tables/core'
import type { SideInput } from '../open-side.ts'
import type { PostgresSettings, SslMode } from './settings.ts'

/** Ways to connect, to be tried in this order: plain, or by TLS with these options. */
export type TlsWay = false | ConnectionOptions

/**
 * What libpq's `sslmode` means. Where it does not verify the server's certificate, neither do we: the
 * defaults do. Without a file of trusted certificates, those of Node are trusted.
 *
 * @throws InvalidInputError for a file that cannot be read
 */
export async function tlsWays(
  settings: PostgresSettings,
  env: SideInput['env'],
): Promise<readonly TlsWay[]> {
  const { sslMode } = settings
  if (sslMode === 'disable') return [false]
  const folder = env.HOME ? join(env.HOME, '.postgresql') : undefined
  const usual = (file: string) => (folder === undefined ? undefined : join(folder, file))
  const ca =
    settings.sslRootCert === 'system'
      ? getCACertificates('system')
      : await certificate('sslrootcert', settings.sslRootCert, usual('root.crt'))
  const cert = await certificate('sslcert', settings.sslCert, usual('postgresql.crt'))
  const keyPath = settings.sslKey ?? usual('postgresql.key')
  const key = cert === undefined ? undefined : await certificate('sslkey', settings.sslKey, keyPath)
  if (key !== undefined && keyPath !== undefined) await checkKey(keyPath)
  const tls = { ca, cert, key, ...verification(sslMode, ca !== undefined) }
  if (sslMode === 'allow') return [false, tls]
  return sslMode === 'prefer' ? [tls, false] : [tls]
}

/** As in libpq, `require` verifies the certificate where there is a file of trusted ones. */
function verification(mode: SslMode, hasRoot: boolean): ConnectionOptions {
  if (mode === 'verify-full') return { rejectUnauthorized: true }
  return mode === 'verify-ca' || (mode === 'require' && hasRoot)
    ? { rejectUnauthorized: true, checkServerIdentity: () => undefined }
    : { rejectUnauthorized: false }
}

/** @param usual where it is by default, if it is at all */
async function certificate(
  name: string,
  path: string | undefined,
  usual: string | undefined,
): Promise<Buffer | undefined> {
  const file = path ?? usual
  if (file === undefined) return undefined
  try {
    return await readFile(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (path === undefined && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined
    throw new InvalidInputError(`${file} cannot be read (${code})`, {
      field: 'address',
      hint: `It is the file of ${name}.`,
    })
  }
}

async function checkKey(path: string): Promise<void> {
  const { mode, uid } = await stat(path)
  // As libpq: a key of root may be read by its group.
  const open = uid === 0 ? 0o027 : 0o077
  if (process.platform === 'win32' || (mode & open) === 0) return
  throw new InvalidInputError(`${path} is the private key of the client, and others may read it`, {
    field: 'address',
    hint: `chmod 0600 ${path}`,
  })
}
