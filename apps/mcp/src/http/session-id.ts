/**
 * Session ids for clients of the older protocol. No server keeps anything for one: every replica accepts
 * every id of this form. It is random, so that no other client guesses it, and has what the client tells
 * only when it connects: the name of its program, and whether it shows views.
 */
import { randomUUID } from 'node:crypto'

export interface HttpSession {
  readonly id: string
  /** The name of the client program. */
  readonly client: string | undefined
  readonly showsViews: boolean
}

const MAX_NAME_LENGTH = 80
const FORM = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.([\w-]{1,480}))?(~ui)?$/

export function newSession({ client, showsViews }: Omit<HttpSession, 'id'>): string {
  const name = client?.slice(0, MAX_NAME_LENGTH)
  const named = name ? `.${Buffer.from(name).toString('base64url')}` : ''
  return `${randomUUID()}${named}${showsViews ? '~ui' : ''}`
}

/** Undefined for an id that no server of ours can have issued. */
export function readSession(id: string | null): HttpSession | undefined {
  const match = id === null ? null : FORM.exec(id)
  if (id === null || match === null) return undefined
  const [, name, ui] = match
  const client = name && Buffer.from(name, 'base64url').toString().slice(0, MAX_NAME_LENGTH)
  return { id, client, showsViews: ui !== undefined }
}
