/** Plays the program of this machine that serves a page: it records requests, and answers as tests say. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pageHtml } from '@chatlayer-tables/views'
import type { ChangeRow } from '../src/protocol/changes.ts'
import type { RequestError } from '../src/protocol/requests.ts'
import { type OpenedPage, openPage } from './browser.ts'
import type { PageOptions } from './open-page.ts'

export interface Asked {
  readonly request: string
  readonly params: Readonly<Record<string, unknown>>
}

/** By name of the request; errors are sent as errors. */
export type Answers = Readonly<Record<string, (params: Asked['params']) => unknown>>

export interface ServedChanges extends OpenedPage {
  /** Requests in order, without those for rows. */
  readonly asked: Asked[]
  readonly askedRows: Asked['params'][]
}

const SECRET = 'secret-of-the-tests-0123456789'

export class Refusal extends Error {
  readonly error: RequestError

  constructor(error: RequestError) {
    super(error.message)
    this.error = error
  }
}

export async function serveChanges(
  answers: Answers,
  options: PageOptions = {},
): Promise<ServedChanges> {
  const html = await pageHtml('changes')
  const asked: Asked[] = []
  const askedRows: Asked['params'][] = []
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') {
      response.setHeader('content-type', 'text/html; charset=utf-8').end(html)
      return
    }
    const body: Asked = JSON.parse(await textOf(request))
    if (body.request === 'changeRows') askedRows.push(body.params)
    else asked.push(body)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(await answerTo(answers, body, request)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const opened = await openPage(`http://127.0.0.1:${port}/#${SECRET}`, options)
  return {
    ...opened,
    asked,
    askedRows,
    async close() {
      await opened.close()
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
    },
  }
}

async function answerTo(answers: Answers, { request, params }: Asked, from: IncomingMessage) {
  if (from.headers.authorization !== `Bearer ${SECRET}`) return { error: { code: 'NO_SECRET' } }
  try {
    return { result: await answers[request]?.(params) }
  } catch (error) {
    if (error instanceof Refusal) return { error: error.error }
    throw error
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

/** Answers requests for rows of these sets. */
export function rowsAnswer(...sets: readonly ChangeRow[][]) {
  return ({ set, offset, limit }: Asked['params']) => ({
    rows: sets[Number(set)]?.slice(Number(offset), Number(offset) + Number(limit)) ?? [],
  })
}
