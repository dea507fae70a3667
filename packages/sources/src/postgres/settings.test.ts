import { InvalidInputError } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { type PostgresSettings, postgresAddress } from './settings.ts'

type Environment = Readonly<Record<string, string>>

const settings = (text: string, env: Environment = {}): PostgresSettings =>
  postgresAddress(text, { USER: 'ann', ...env })[1]

function errorOf(text: string, env: Environment = {}): string {
  try {
    settings(text, env)
  } catch (error) {
    if (error instanceof InvalidInputError) return error.message
  }
  return 'accepted'
}

describe('settings of a connection', () => {
  it('have defaults', () => {
    expect(settings('postgres://')).toEqual({
      host: 'localhost',
      port: 5432,
      user: 'ann',
      database: 'ann',
      sslMode: 'disable',
      sslRootCert: undefined,
      sslCert: undefined,
      sslKey: undefined,
      isDirectTls: false,
      channelBinding: 'prefer',
      applicationName: 'chatlayer-tables',
      options: undefined,
      connectTimeoutMs: 15_000,
      session: 'any',
    })
  })

  it('are those of the environment where the address has none', () => {
    const env = {
      PGHOST: 'db',
      PGPORT: '5433',
      PGUSER: 'bob',
      PGDATABASE: 'shop',
      PGSSLMODE: 'require',
      PGSSLROOTCERT: '/ca.pem',
      PGAPPNAME: 'nightly',
      PGOPTIONS: '-c search_path=a',
      PGCONNECT_TIMEOUT: '3',
      PGTARGETSESSIONATTRS: 'standby',
    }
    expect(settings('postgres://', env)).toMatchObject({
      host: 'db',
      port: 5433,
      user: 'bob',
      database: 'shop',
      sslMode: 'require',
      sslRootCert: '/ca.pem',
      applicationName: 'nightly',
      options: '-c search_path=a',
      connectTimeoutMs: 3_000,
      session: 'standby',
    })
    const address =
      'postgres://ann@other:1/db?sslmode=prefer&application_name=x&options=&connect_timeout=0'
    expect(settings(address, env)).toMatchObject({
      host: 'other',
      port: 1,
      user: 'ann',
      database: 'db',
      sslMode: 'prefer',
      applicationName: 'x',
      options: '-c search_path=a',
      connectTimeoutMs: 0,
    })
  })

  it.each([
    ['postgres://localhost', 'disable'],
    ['postgres://LOCALHOST', 'disable'],
    ['postgres://127.0.0.5', 'disable'],
    ['postgres://[::1]', 'disable'],
    ['postgres:///db?host=/tmp', 'disable'],
    ['postgres:///db?host=/tmp&sslmode=require', 'disable'],
    ['postgres://localhost?sslmode=require', 'require'],
    ['postgres://localhost?sslrootcert=/ca.pem', 'verify-full'],
    ['postgres://db.example.com', 'verify-full'],
    ['postgres://10.0.0.7', 'verify-full'],
    ['postgres://db?sslmode=prefer', 'prefer'],
  ])('%s is encrypted by %s', (text, mode) => {
    expect(settings(text).sslMode).toBe(mode)
  })

  it.each([
    ['postgres://db?sslmode=always', 'sslmode must be one of'],
    ['postgres://db?sslmode=require&sslrootcert=system', 'verify-full'],
    ['postgres://db?sslmode=prefer&sslnegotiation=direct', 'sslmode must be'],
    ['postgres://db?connect_timeout=soon', 'number of seconds'],
    ['postgres://db?target_session_attrs=x', 'must be one of'],
    ['postgres://db?gssencmode=require', 'gssencmode has a value'],
    ['postgres://db?client_encoding=latin1', 'client_encoding has a value'],
    ['postgres://db?schema=public', 'parameter that is not supported'],
    ['postgres://db?toString=1', 'parameter that is not supported'],
  ])('%s is rejected', (text, message) => {
    expect(errorOf(text)).toContain(message)
  })

  it('accept what changes nothing', () => {
    const text = 'postgres://db?keepalives=1&gssencmode=disable&client_encoding=UTF8'
    expect(errorOf(text)).toBe('accepted')
  })

  it('need a user, one host, and a port', () => {
    expect(errorOf('postgres://db', { USER: '' })).toContain('names no user')
    expect(errorOf('postgres://', { PGHOST: 'a,b' })).toContain('several hosts')
    expect(errorOf('postgres://', { PGPORT: '5432,5433' })).toContain('PGPORT')
  })
})
