/** Certificates for tests of encrypted connections. */
import { generate } from 'selfsigned'

/** Files of certificates and private keys, by name, as PEM. */
export interface Certificates {
  /** The authority of both others. */
  readonly 'ca.crt': string
  /** For `localhost`. */
  readonly 'server.crt': string
  readonly 'server.key': string
  /** Of the user `certified`. */
  readonly 'client.crt': string
  readonly 'client.key': string
}

export async function makeCertificates(): Promise<Certificates> {
  const make = { keyType: 'ec', algorithm: 'sha256' } as const
  const authority = await generate([{ name: 'commonName', value: 'Authority of a test' }], {
    ...make,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  })
  const ca = { key: authority.private, cert: authority.cert }
  const own = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...make,
    ca,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  })
  const user = await generate([{ name: 'commonName', value: 'certified' }], { ...make, ca })
  return {
    'ca.crt': authority.cert,
    'server.crt': own.cert,
    'server.key': own.private,
    'client.crt': user.cert,
    'client.key': user.private,
  }
}
