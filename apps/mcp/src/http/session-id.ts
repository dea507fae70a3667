/**
 * Session ids for clients of the older protocol. No server keeps anything for one: every replica accepts
 * every id of this form. It is random, so that no other client guesses it, and has the name of the client
 * program, which the client gives only when it connects.
 */
import { randomUUID } from 'node:crypto'

export interface HttpSession {
  readonly id: string
  /** The name of the client program. */
  readonly client: string | undefined
}

const MAX_NAME_LENGTH = 80
const FORM = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.([\w-]{1,480}))?$/

export function newSession(client: string | undefined): string {
  const name = client?.slice(0, MAX_NAME_LENGTH)
  return name ? `${randomUUID()}.${Buffer.from(name).toString('base64url')}` : randomUUID()
}

/** Undefined for an id that no server of ours can have issued. */
export function readSession(id: string | null): HttpSession | undefined {
  const match = id === null ? null : FORM.exec(id)
  if (id === null || match === null) return undefined
  const [, name] = match
  return { id, client: name && Buffer.from(name, 'base64url').toString().slice(0, MAX_NAME_LENGTH) }
}
