/** Plain HTTP against an emulator: requests and expectations of these tests are written by hand. */
import { request } from 'undici'
import { onTestFinished } from 'vitest'
import { type Emulator, type EmulatorOptions, startEmulator } from '../src/index.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The text parsed; undefined when it is not JSON. */
  readonly json: unknown
}

export interface Send {
  readonly method?: string
  /** Sent as it is when it is text, as JSON otherwise. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

/** An emulator on a free port that ends with the test. */
export async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator(options)
  onTestFinished(() => emulator.close())
  return emulator
}

export function basic(token: string): string {
  return `Basic ${Buffer.from(token).toString('base64')}`
}

/** @param path below the origin */
export async function send(emulator: Emulator, path: string, how: Send = {}): Promise<Answer> {
  const { method = how.body === undefined ? 'GET' : 'POST', body } = how
  const {
    statusCode,
    headers,
    body: answered,
  } = await request(emulator.url + path, {
    method: method as 'GET',
    headers: {
      authorization: basic(emulator.token),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...how.headers,
    },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await answered.text()
  return { status: statusCode, headers, text, json: parse(text) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The path of a bot's tables, or of one of them by name. */
export function pathOf(emulator: Emulator, table?: string): string {
  const tables = `/api/v1/teams/${emulator.teamId}/bots/${emulator.botId}/tables`
  const found = emulator.tables.list().find(({ name }) => name === table)
  return found === undefined ? tables : `${tables}/${found.id}`
}

/** One action on the DRAFT records of a table. */
export function act(
  emulator: Emulator,
  table: string,
  body: unknown,
  version = 'DRAFT',
): Promise<Answer> {
  return send(emulator, `${pathOf(emulator, table)}/action?version=${version}`, { body })
}

export function insert(
  emulator: Emulator,
  table: string,
  values: Record<string, string>,
): Promise<Answer> {
  const fields = Object.entries(values).map(([columnName, value]) => ({ columnName, value }))
  return act(emulator, table, { type: 'INSERT', fields })
}

export function select(
  emulator: Emulator,
  table: string,
  columnName: string,
  columnType: string,
  operator: string,
  value: string,
): Promise<Answer> {
  return act(emulator, table, {
    type: 'SELECT',
    filters: [{ columnName, columnType, operator, value }],
  })
}

export interface Page {
  data: { id: string; createdAt: string; updatedAt: string; values: Record<string, unknown> }[]
  meta: { total: number; limit: number; offset: number }
}

export function pageOf(answer: Answer): Page {
  if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${answer.text}`)
  return answer.json as Page
}

/** One column's values of a page, in its order. */
export function column(answer: Answer, name: string): unknown[] {
  return pageOf(answer).data.map(({ values }) => values[name])
}
