/** Calls tools without the protocol, for tests with many calls. */
import type { Emulator } from '@chatlayer-tables/emulator'
import { z } from 'zod'
import { NO_FACTS, type RequestFacts } from '../src/request-facts.ts'
import { openSession } from '../src/session.ts'
import { DEFAULT_SETTINGS, type Settings } from '../src/settings.ts'
import { ServerState } from '../src/state/server-state.ts'
import type { ToolName } from '../src/tools/registry.ts'
import { TOOLS } from '../src/tools/registry.ts'
import { viewData } from '../src/tools/view-data/definition.ts'
import { environmentOf } from './fixture.ts'

const Answer = z.object({
  content: z.array(z.object({ type: z.literal('text'), text: z.string() })),
  structuredContent: z.record(z.string(), z.unknown()),
  isError: z.boolean().default(false),
})

const Question = z.object({
  inputRequests: z.object({ confirm: z.object({ params: z.object({ message: z.string() }) }) }),
  requestState: z.string(),
})

export interface SessionResult {
  readonly isError: boolean
  readonly data: Record<string, unknown>
  /** The whole result as JSON. */
  readonly whole: string
  readonly text: string
  /** The question to the user, and the token to return with the answer. */
  readonly question: { readonly message: string; readonly token: string } | undefined
}

/** A reply to a view: its data, and what its metadata lets it decide with. */
export interface ViewAnswer {
  readonly isError: boolean
  // biome-ignore lint/suspicious/noExplicitAny: results differ by request, and tests state their form.
  readonly data: any
  readonly nonce: string | undefined
}

const ViewReply = z.object({
  structuredContent: z.object({ result: z.unknown(), error: z.unknown() }).partial(),
  isError: z.boolean().default(false),
  _meta: z.object({ 'chatlayer-tables/nonce': z.string() }).optional(),
})

export interface Caller {
  call(
    tool: ToolName,
    args: Record<string, unknown>,
    facts?: Partial<RequestFacts>,
    signal?: AbortSignal,
  ): Promise<SessionResult>
  /** Calls the tool for views, as a client that declares views. */
  view(
    request: string,
    params: Record<string, unknown>,
    facts?: Partial<RequestFacts>,
  ): Promise<ViewAnswer>
  log(): string
  close(): Promise<void>
}

export function openCaller(
  emulator: Emulator,
  settings: Partial<Settings> = {},
  env: Record<string, string> = {},
): Caller {
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  const all = { ...environmentOf(emulator), ...env }
  const log = { error: write, warn: write, info: write, debug: () => {} }
  const state = new ServerState({ env: all, log })
  const session = openSession({
    settings: { ...DEFAULT_SETTINGS, ...settings },
    env: all,
    log,
    state,
  })
  return {
    async call(name, args, facts = {}, signal = new AbortController().signal) {
      const tool = TOOLS.find((one) => one.name === name)
      if (tool === undefined) throw new Error(name)
      const raw: unknown = await session.call(tool, args, signal, { ...NO_FACTS, ...facts })
      const whole = JSON.stringify(raw)
      const asked = Question.safeParse(raw)
      if (asked.success) {
        const { inputRequests, requestState: token } = asked.data
        const question = { message: inputRequests.confirm.params.message, token }
        return { isError: false, data: {}, whole, text: '', question }
      }
      const { content, structuredContent: data, isError } = Answer.parse(raw)
      const text = content.map((part) => part.text).join('\n')
      return { isError, data, whole, text, question: undefined }
    },
    async view(request, params, facts = {}) {
      const { signal } = new AbortController()
      const by = { ...NO_FACTS, showsViews: true, ...facts }
      const raw: unknown = await session.call(viewData, { request, params }, signal, by)
      const { structuredContent, isError, _meta } = ViewReply.parse(raw)
      const { result, error } = structuredContent
      return { isError, data: error ?? result, nonce: _meta?.['chatlayer-tables/nonce'] }
    },
    log: () => lines.join('\n'),
    async close() {
      await session.close()
      await state.close()
    },
  }
}
