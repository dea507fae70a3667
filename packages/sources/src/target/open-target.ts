/** Opens a database to write a table to it; the libraries of a kind are loaded when it is used. */
import { InvalidInputError } from '@chatlayer-tables/core'
import type { AddressKind } from '../address.ts'
import type { TargetKind } from './holders.ts'
import type { TargetSession } from './session.ts'
import type { TargetInput } from './target-input.ts'

type OpenTarget = (input: TargetInput) => Promise<TargetSession>

const OPENERS: Readonly<Record<TargetKind, () => Promise<OpenTarget>>> = {
  postgres: async () => (await import('./postgres-session.ts')).openPostgresTarget,
  mysql: async () => (await import('./mysql-session.ts')).openMysqlTarget,
  sqlite: async () => (await import('./sqlite-session.ts')).openSqliteTarget,
}

/**
 * Connects to a database. Nothing is changed there.
 *
 * @throws InvalidInputError for an invalid address, SideError when it cannot be reached or refuses
 */
export async function openTarget(kind: AddressKind, input: TargetInput): Promise<TargetSession> {
  if (kind === 'http') {
    throw new InvalidInputError('records cannot be written to an HTTP API', {
      field: 'to',
      hint: 'Write to a database: postgres://, mysql:// or sqlite:',
    })
  }
  return await (await OPENERS[kind]())(input)
}
