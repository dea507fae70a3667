/** A page of the built program, and its requests as the page itself would send them. */
import { once } from 'node:events'
import type { RequestName, Requests } from '@chatlayer-tables/views'
import { type Env, type Running, start } from './cli.ts'

export interface OpenedApi extends Running {
  readonly url: string
  /** @throws the error of the response */
  ask<Name extends RequestName>(
    name: Name,
    params: Requests[Name]['params'],
  ): Promise<Requests[Name]['result']>
}

/** Starts a command that serves a page, such as `clt open`. End it with a signal. */
export async function startPage(args: readonly string[], env: Env): Promise<OpenedApi> {
  const running = start([...args, '--no-browser'], env)
  const [line] = await Promise.race([
    once(running.child.stdout ?? running.child, 'data'),
    running.result.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ])
  const url = String(line).trim()
  return { ...running, url, ask: (name, params) => askPage(url, name, params) }
}

async function askPage<Name extends RequestName>(
  url: string,
  request: Name,
  params: Requests[Name]['params'],
): Promise<Requests[Name]['result']> {
  const { origin, hash } = new URL(url)
  const response = await fetch(`${origin}/api`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${hash.slice(1)}`,
      'content-type': 'application/json',
      origin,
    },
    body: JSON.stringify({ request, params }),
  })
  const answer = (await response.json()) as { result: never; error?: { message: string } }
  if (answer.error !== undefined) throw new Error(answer.error.message)
  return answer.result
}
