/** No value of a user, no id and no part of the connection gets into a report, in any form. */
import { createHash } from 'node:crypto'
import type { Client, ProbeExchange, ProbeRecorder } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { makeReport, printReport } from '../src/index.ts'

/** Parts of a secret this long must not appear either. */
const MIN_PART = 6

const KINDS = [
  'word',
  'mixed',
  'digits',
  'hex',
  'uuid',
  'email',
  'phrase',
  'unicode',
  'quoted',
] as const
const Secret = fc
  .record({ kind: fc.constantFrom(...KINDS), seed: fc.integer() })
  .map(({ kind, seed }) => secretOf(kind, createHash('sha256').update(`${kind} ${seed}`).digest()))

/** Values of a user are rarely as simple as what fast-check begins with, so they come from a hash. */
function secretOf(kind: (typeof KINDS)[number], hash: Buffer): string {
  const hex = hash.toString('hex')
  const letters = hex.replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)] ?? '')
  const digits = `7${BigInt(`0x${hex}`)}`
  switch (kind) {
    case 'word':
      return letters.slice(0, 12)
    case 'mixed':
      return hash.toString('base64url').slice(0, 20)
    case 'digits':
      return digits.slice(0, 15)
    case 'hex':
      return hex.slice(0, 24)
    case 'uuid':
      return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    case 'email':
      return `${letters.slice(0, 8)}.${letters.slice(8, 16)}@${letters.slice(16, 24)}.be`
    case 'phrase':
      return `${letters.slice(0, 7)} ${letters.slice(7, 14)} ${digits.slice(0, 9)}`
    case 'unicode':
      return `${letters.slice(0, 6)}é${letters.slice(6, 9)}漢字${letters.slice(9, 15)}🙂`
    case 'quoted':
      return `"${letters.slice(0, 8)}\\${letters.slice(8, 16)}"\n${letters.slice(16, 22)}`
  }
}

/** JSON of any form with secrets as keys and values. */
function anyJson(secrets: readonly string[]): fc.Arbitrary<unknown> {
  const secret = fc.constantFrom(...secrets)
  const leaf = fc.oneof(
    secret,
    secret.map((text) => Number(`1${text.replace(/\D/g, '').slice(0, 14)}`)),
    secret.map((text) => Buffer.from(text).toString('base64')),
    secret.map((text) => `the value ${text} is not valid`),
    fc.constantFrom(null, true, 0, 1.5, '', 'text', 'id'),
  )
  const key = fc.oneof(
    secret,
    fc.constantFrom('id', 'data', 'meta', 'values', 'columns', 'name', 'total'),
  )
  return fc.letrec((tie) => ({
    json: fc.oneof({ maxDepth: 4 }, leaf, tie('list'), tie('object')),
    list: fc.array(tie('json'), { maxLength: 4 }),
    object: fc.dictionary(key, tie('json'), { maxKeys: 4 }),
  })).json
}

/** Each declared body with a secret in every place, and some places that are not declared. */
function bodies(
  a: string,
  b: string,
): readonly { operation: ProbeExchange['operation']; body: unknown }[] {
  const number = Number(`1${b.replace(/\D/g, '').slice(0, 14)}`)
  const record = {
    id: a,
    createdAt: b,
    updatedAt: a,
    [b]: a,
    values: { [a]: b, [b]: number, more: { [a]: [b, number, { [b]: a }] } },
  }
  const meta = { total: number, limit: number, offset: b, [a]: number }
  const table = {
    id: a,
    botId: b,
    name: a,
    description: b,
    columns: [{ name: a, type: b }],
    [a]: b,
  }
  const customer = {
    id: a,
    profile: { name: a, email: b, phone: a, [b]: 1 },
    created_at: b,
    updated_at: a,
  }
  return [
    { operation: 'listTables', body: { data: [table], [a]: number } },
    { operation: 'getTable', body: { data: table } },
    { operation: 'getTableData', body: { data: Array.from({ length: 30 }, () => record), meta } },
    { operation: 'performTableAction', body: { data: record, meta } },
    { operation: 'listCustomers', body: { data: [customer], meta } },
  ]
}

function messages(a: string, b: string): readonly unknown[] {
  return [
    { message: `invalid input syntax for type uuid: "${a}"`, error: b, statusCode: 400 },
    {
      message: [`column ${a} does not exist`, `${b} must be a string`],
      [a]: b,
      statusCode: Number.NaN,
    },
    { message: `limit must not be greater than 100 ${a}${b} at position 12${a}` },
    { message: { [a]: b }, error: Buffer.from(a).toString('base64') },
    [a, b],
    a,
  ]
}

function headersOf(a: string, b: string): Record<string, string | string[]> {
  return {
    date: a,
    'content-type': `application/json; charset=${b}`,
    'retry-after': b,
    'x-ratelimit-limit': a,
    [`x-ratelimit-remaining-${a}`]: b,
    ratelimit: `"${a}";r=50;t=${b}`,
    'ratelimit-policy': `${b};w=1, ${a};q=5`,
    'set-cookie': [a, b],
    [a]: b,
    [`x-${b}`.toLowerCase()]: a,
  }
}

it('holds for every place of requests, responses, headers, messages and settings', async () => {
  const scenario = fc.array(Secret, { minLength: 3, maxLength: 6 }).chain((secrets) =>
    fc.record({
      secrets: fc.constant(secrets),
      bodies: fc.array(anyJson(secrets), { minLength: 1, maxLength: 5 }),
      status: fc.constantFrom(200, 400, 404, 429, 500),
    }),
  )
  const ownWords = await reportText(bodiesOf('QQQQQQQQ', 'ZZZZZZZZ'), 'QQQQQQQQ', 'ZZZZZZZZ')
  const run = fc.asyncProperty(scenario, async ({ secrets, bodies: free, status }) => {
    const [a = '', b = ''] = secrets
    const exchanges = [
      ...bodiesOf(a, b),
      ...messages(b, a).map((body) => exchange('performTableAction', 400, body, b, a)),
      ...free.map((body) => exchange('getTableData', status, body, a, b)),
      {
        ...exchange('getTable', 502, '', a, b),
        answer: answerOf(502, `<html>${a} ${b}</html>`, a, b),
      },
    ]
    const text = await reportText(exchanges, a, b)
    for (const secret of new Set([a, b, ...secrets])) expectHidden(text, secret, ownWords)
  })
  await fc.assert(run, { numRuns: 60 })
})

function bodiesOf(a: string, b: string): ProbeExchange[] {
  return bodies(a, b).map(({ operation, body }) => exchange(operation, 200, body, a, b))
}

async function reportText(
  exchanges: readonly ProbeExchange[],
  a: string,
  b: string,
): Promise<string> {
  const client = {
    connection: {
      origin: `https://${hostLabel(a)}.test`,
      prefix: '',
      teamId: a,
      botId: b,
      version: 'DRAFT',
    },
    probe({ recorder }: { recorder: ProbeRecorder }): Promise<never> {
      for (const one of exchanges) recorder.onExchange(one)
      return Promise.reject(new Error(`the scratch table "${a}" has no text column ${b}`))
    },
  }
  const options = { by: 'test', table: a, scratchTable: b }
  const { report } = await makeReport(client as unknown as Client, options)
  return printReport(report)
}

function hostLabel(text: string): string {
  return Buffer.from(text).toString('hex').slice(0, 60)
}

function exchange(
  operation: ProbeExchange['operation'],
  status: number,
  body: unknown,
  a: string,
  b: string,
): ProbeExchange {
  const path = {
    listTables: '/teams/A/bots/B/tables',
    getTable: '/teams/A/bots/B/tables/A',
    getTableData: '/teams/A/bots/B/tables/B/data?version=DRAFT&limit=100&offset=0',
    performTableAction: '/teams/A/bots/B/tables/B/action?version=DRAFT',
    listCustomers: '/teams/A/customers?limit=1',
  }[operation]
  const filters = [
    { columnName: a, columnType: 'text', operator: 'eq', value: b },
    { columnName: b, columnType: 'text', operator: 'in', value: JSON.stringify([a, b]) },
    { columnName: b, columnType: 'text', operator: 'in', value: `${a},${b}` },
  ]
  return {
    question: 'dialect.listEncoding',
    call: 1,
    operation,
    method: operation === 'performTableAction' ? 'POST' : 'GET',
    path: path
      .replace('/A', `/${encodeURIComponent(a)}`)
      .replace('/B', `/${encodeURIComponent(b)}`),
    body:
      operation === 'performTableAction' ? JSON.stringify({ type: 'SELECT', filters }) : undefined,
    answer: answerOf(status, JSON.stringify(body), a, b),
  }
}

function answerOf(status: number, text: string, a: string, b: string): ProbeExchange['answer'] {
  return { status, headers: headersOf(a, b), text }
}

/** @param ownWords a report without secrets: random letters may spell one of its words */
function expectHidden(text: string, secret: string, ownWords: string): void {
  const bytes = Buffer.from(secret)
  const forms = [
    secret,
    secret.toLowerCase(),
    secret.toUpperCase(),
    [...secret].reverse().join(''),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    secret.replace(/\D/g, ''),
    JSON.stringify({ secret })
      .replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)
      .slice(11, -2),
  ]
  for (const form of forms) {
    for (let at = 0; at + MIN_PART <= form.length; at++) {
      const part = form.slice(at, at + MIN_PART)
      // The zeros of a padded placeholder are not part of a secret.
      if (text.includes(part) && !part.startsWith('0000') && !ownWords.includes(part)) {
        expect.fail(`${JSON.stringify(part)} of ${JSON.stringify(secret)} is in the report`)
      }
    }
  }
}
