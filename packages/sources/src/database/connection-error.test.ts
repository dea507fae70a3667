import { expect, it } from 'vitest'
import { connectionError } from './connection-error.ts'

const words = {
  server: 'PostgreSQL',
  plain: 'sslmode=disable',
  unverified: 'sslmode=require',
  anyName: 'sslmode=verify-ca',
  files: ['sslrootcert', 'sslcert', 'sslkey'],
} as const

it.each([
  ['ECONNREFUSED', 'SIDE_UNREACHABLE', true, 'no server is listening'],
  ['ECONNRESET', 'SIDE_UNREACHABLE', true, 'the connection broke'],
  ['ENOTFOUND', 'SIDE_UNREACHABLE', false, 'the host does not exist'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'SIDE_UNREACHABLE', false, 'not trusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'SIDE_UNREACHABLE', false, 'not trusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SIDE_UNREACHABLE', false, 'not trusted'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'SIDE_UNREACHABLE', false, 'for another host'],
  ['CERT_HAS_EXPIRED', 'SIDE_UNREACHABLE', false, 'has expired'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'SIDE_UNREACHABLE', false, 'encrypted connection'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'SIDE_UNREACHABLE', false, 'encrypted connection'],
  ['ERR_STRING_TOO_LONG', 'SIDE_FAILED', false, 'too long'],
  ['', 'SIDE_UNREACHABLE', true, 'the connection failed'],
])('%s', (code, kind, isTransient, message) => {
  const error = connectionError(code, 'postgres://db/shop', words)
  expect(error).toMatchObject({ code: kind, isTransient })
  expect(error.message).toContain(message)
})
