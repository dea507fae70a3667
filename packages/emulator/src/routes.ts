/**
 * Hono's router without the rest of Hono: every response is written to the socket directly, because
 * of the faults, and turning each request into a web `Request` would cost a sixth of an insert.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RegExpRouter } from 'hono/router/reg-exp-router'

export interface Exchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  /** The query in the URL, without the question mark. */
  readonly search: string
  /** The decoded path segment for each `:name`. */
  readonly params: Readonly<Record<string, string>>
}

/** Responds to a request; never throws. */
export type Route = (exchange: Exchange) => void | Promise<void>

export class Routes {
  readonly #router = new RegExpRouter<Route>()

  /** @param path with `:name` for each parameter */
  add(method: string, path: string, route: Route): void {
    this.#router.add(method, path, route)
  }

  /** @param otherwise handles requests without a route */
  serve(incoming: IncomingMessage, outgoing: ServerResponse, otherwise: Route): void {
    const { method = '', url = '' } = incoming
    const mark = url.indexOf('?')
    const pathname = mark === -1 ? url : url.slice(0, mark)
    const search = mark === -1 ? '' : url.slice(mark + 1)
    const [matches, stash] = this.#router.match(method, pathname)
    const [match] = matches
    if (match === undefined) {
      void otherwise({ incoming, outgoing, search, params: {} })
      return
    }
    const [route, found] = match
    const params: Record<string, string> = {}
    for (const [name, value] of Object.entries(found)) {
      params[name] = decode(typeof value === 'number' ? (stash?.[value] ?? '') : value)
    }
    void route({ incoming, outgoing, search, params })
  }
}

/** A segment with an invalid encoding is kept unchanged, and matches nothing. */
function decode(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
