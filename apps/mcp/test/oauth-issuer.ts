/** A local OAuth issuer with metadata and keys, which issues any tokens for tests. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

export interface Issuer {
  readonly url: string
  /** A token with these claims, its issuer and a lifetime of a minute. */
  token(claims: Record<string, unknown>, key?: CryptoKey): Promise<string>
  close(): Promise<void>
}

export async function startIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
  let url = ''
  const documents: Record<string, () => unknown> = {
    '/.well-known/oauth-authorization-server': () => ({ issuer: url, jwks_uri: `${url}/keys` }),
    '/keys': () => ({ keys: [jwk] }),
  }
  const server = createServer((req, res) => {
    const document = documents[req.url ?? '']
    res.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' })
    res.end(JSON.stringify(document?.() ?? {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    token(claims, key = privateKey) {
      const exp = Math.floor(Date.now() / 1000) + 60
      // JSON omits undefined claims.
      const all: JWTPayload = JSON.parse(
        JSON.stringify({ iss: url, exp, client_id: 'c', ...claims }),
      )
      return new SignJWT(all).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(key)
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
