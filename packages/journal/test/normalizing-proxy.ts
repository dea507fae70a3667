/** A proxy before a gateway, for one that stores values otherwise than they were sent. */
import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What is stored of a column's text; null for null. */
export type Normalize = (column: string, text: string) => string | null

export interface NormalizingProxy extends AsyncDisposable {
  readonly url: string
}

interface Action {
  readonly type?: string
  readonly fields?: readonly { readonly columnName: string; readonly value: string }[]
}

export async function startNormalizingProxy(
  target: string,
  normalize: Normalize,
): Promise<NormalizingProxy> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const body = rewrite(Buffer.concat(chunks).toString(), normalize)
      const { method, headers } = incoming
      const url = new URL(incoming.url ?? '/', target)
      const forwarded = request(url, { method, headers: headersFor(headers, body) }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      forwarded.on('error', () => outgoing.destroy())
      forwarded.end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function headersFor(headers: IncomingHttpHeaders, body: string): IncomingHttpHeaders {
  const { 'content-length': length, ...rest } = headers
  return length === undefined ? rest : { ...rest, 'content-length': `${Buffer.byteLength(body)}` }
}

/** An INSERT stores null by not naming the column, an UPDATE by the word. */
function rewrite(text: string, normalize: Normalize): string {
  if (text === '') return text
  const action = JSON.parse(text) as Action
  if (action.type !== 'INSERT' && action.type !== 'UPDATE') return text
  const fields = (action.fields ?? []).flatMap(({ columnName, value }) => {
    const stored = normalize(columnName, value)
    if (stored !== null) return [{ columnName, value: stored }]
    return action.type === 'INSERT' ? [] : [{ columnName, value: 'null' }]
  })
  return JSON.stringify({ ...action, fields })
}
