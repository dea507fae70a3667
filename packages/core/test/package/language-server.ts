/** TypeScript's language server, asked what an editor asks it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'

export interface LanguageServer {
  /** What completion offers right after a mark in the text. */
  readonly completions: (mark: string) => Promise<readonly string[]>
  /** What is shown for the name right after a mark. */
  readonly hover: (mark: string) => Promise<string>
  readonly close: () => Promise<void>
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly result?: unknown
  readonly error?: unknown
}

/** Opens one file of a project. */
export async function startLanguageServer(
  tsc: string,
  folder: string,
  { file, text }: { readonly file: string; readonly text: string },
): Promise<LanguageServer> {
  const server = connect(tsc, folder)
  const textDocument = { uri: pathToFileURL(`${folder}/${file}`).href }
  const at = (mark: string) => ({ textDocument, position: positionAfter(text, mark) })
  await server.ask('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities: { textDocument: { hover: { contentFormat: ['plaintext'] } } },
  })
  server.tell('initialized', {})
  const opened = { ...textDocument, languageId: 'typescript', version: 1, text }
  server.tell('textDocument/didOpen', { textDocument: opened })
  return {
    async completions(mark) {
      const result = await server.ask('textDocument/completion', at(mark))
      const { items } = result as { readonly items: readonly { readonly label: string }[] }
      return items.map(({ label }) => label.replace(/\?$/, ''))
    },
    async hover(mark) {
      const result = await server.ask('textDocument/hover', at(mark))
      return (result as { readonly contents: { readonly value: string } }).contents.value
    },
    close: server.close,
  }
}

function positionAfter(text: string, mark: string): { line: number; character: number } {
  const start = text.indexOf(mark)
  if (start === -1) throw new Error(`the text has no mark ${mark}`)
  const before = text.slice(0, start + mark.length).split('\n')
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 }
}

/** JSON-RPC over the pipes of a process. */
function connect(tsc: string, cwd: string) {
  const child = spawn(tsc, ['--lsp', '--stdio'], { cwd, stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = once(child, 'close')
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let received = Buffer.alloc(0)
  let last = 0

  function send(message: object): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message })
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }

  function take({ id, method, result, error }: Message): void {
    if (id === undefined) return
    // The server's own requests, such as for its settings, get no settings.
    if (method !== undefined) send({ id, result: null })
    else if (error === undefined) waiting.get(id)?.resolve(result)
    else waiting.get(id)?.reject(new Error(JSON.stringify(error)))
  }

  child.stdout.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    for (;;) {
      const head = /^Content-Length: (\d+)\r\n(?:[^\r]+\r\n)*\r\n/.exec(received.toString('latin1'))
      const end = (head?.[0].length ?? 0) + Number(head?.[1])
      if (head === null || received.length < end) return
      const body = received.toString('utf8', head[0].length, end)
      received = received.subarray(end)
      take(JSON.parse(body) as Message)
    }
  })
  child.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the language server ended'))
  })

  return {
    ask(method: string, params: object): Promise<unknown> {
      const answer = Promise.withResolvers<unknown>()
      waiting.set(++last, answer)
      send({ id: last, method, params })
      return answer.promise
    },
    tell: (method: string, params: object) => send({ method, params }),
    async close() {
      child.stdin.end()
      child.kill()
      await ended
    },
  }
}
