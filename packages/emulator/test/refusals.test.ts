/** What the contract does not allow is rejected with 400, never ignored. */
import { connect } from 'node:net'
import { text as readAll } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import type { Emulator } from '../src/index.ts'
import { act, pathOf, send, start } from './support.ts'

const table = {
  name: 't',
  columns: [
    { name: 'a', type: 'text' },
    { name: 'n', type: 'int' },
  ],
  records: [{ a: 'x', n: 1 }],
}

async function ready(): Promise<Emulator> {
  return start({ tables: [table] })
}

function bad(message: unknown) {
  return { message, error: 'Bad Request', statusCode: 400 }
}

describe('queries', () => {
  test.each([
    ['', 'version is required'],
    ['?version=', 'version: '],
    ['?version=draft', 'version: '],
    ['?version=DRAFT&version=DRAFT', 'version must not be given more than once'],
    ['?version=DRAFT&limit=0', 'limit: '],
    ['?version=DRAFT&limit=101', 'limit: '],
    ['?version=DRAFT&limit=-1', 'limit: '],
    ['?version=DRAFT&limit=1.5', 'limit: '],
    ['?version=DRAFT&limit=abc', 'limit: '],
    ['?version=DRAFT&limit=', 'limit: '],
    ['?version=DRAFT&limit=1e1', 'limit: '],
    ['?version=DRAFT&limit=0x10', 'limit: '],
    ['?version=DRAFT&limit=%201', 'limit: '],
    ['?version=DRAFT&limit=9999999999999999999', 'limit: '],
    ['?version=DRAFT&limit=1&limit=2', 'limit must not be given more than once'],
    ['?version=DRAFT&limit[]=1', 'Unrecognized key: "limit[]"'],
    ['?version=DRAFT&offset=-1', 'offset: '],
    ['?version=DRAFT&skip=1', 'Unrecognized key: "skip"'],
    ['?version=DRAFT&__proto__=1', 'Unrecognized key: "__proto__"'],
    ['?version=DRAFT&Limit=1', 'Unrecognized key: "Limit"'],
  ])('of the data read: %s', async (query, message) => {
    const emulator = await ready()
    const answer = await send(emulator, `${pathOf(emulator, 't')}/data${query}`)
    expect(answer.status).toBe(400)
    expect(answer.json).toEqual(bad(expect.stringContaining(message)))
  })

  test.each(['?page=0', '?limit=101', '?limit=-1', '?offset=0'])(
    'of customers: %s',
    async (query) => {
      const emulator = await ready()
      const answer = await send(emulator, `/api/v1/teams/${emulator.teamId}/customers${query}`)
      expect(answer.status).toBe(400)
    },
  )

  test('of operations that take none', async () => {
    const emulator = await ready()
    expect((await send(emulator, `${pathOf(emulator)}?limit=1`)).status).toBe(400)
    expect((await send(emulator, `${pathOf(emulator, 't')}?version=DRAFT`)).status).toBe(400)
  })

  test('an action needs its version', async () => {
    const emulator = await ready()
    const answer = await send(emulator, `${pathOf(emulator, 't')}/action`, {
      body: { type: 'SELECT' },
    })
    expect(answer.json).toEqual(bad('version is required'))
  })
})

describe('bodies', () => {
  test.each([
    ['no JSON', '{"type":', 'the body is not JSON'],
    ['nothing', '', 'the body is not JSON'],
    ['a list', '[]', 'expected object'],
    ['a text', '"INSERT"', 'expected object'],
    ['null', 'null', 'expected object'],
    ['a byte order mark', '\ufeff{"type":"SELECT"}', 'the body is not JSON'],
    ['no type', '{}', 'type is required'],
    ['an unknown type', '{"type":"UPSERT"}', 'type: '],
    ['a type in small letters', '{"type":"select"}', 'type: '],
    ['an unknown key', '{"type":"SELECT","sort":"a"}', 'Unrecognized key: "sort"'],
    ['the offset of the other operation', '{"type":"SELECT","offset":1}', 'Unrecognized key'],
    ['a limit as text', '{"type":"SELECT","limit":"1"}', 'limit: '],
    ['a negative skip', '{"type":"SELECT","skip":-1}', 'skip: '],
    ['a limit with a fraction', '{"type":"SELECT","limit":1.5}', 'limit: '],
    ['filters as an object', '{"type":"SELECT","filters":{}}', 'filters: '],
    ['null as filters', '{"type":"SELECT","filters":null}', 'filters: '],
    [
      'a filter without its type',
      '{"type":"SELECT","filters":[{"columnName":"a","operator":"eq","value":""}]}',
      'filters.0.columnType is required',
    ],
    [
      'a filter with an unknown operator',
      '{"type":"SELECT","filters":[{"columnName":"a","columnType":"text","operator":"!=","value":""}]}',
      'filters.0.operator: ',
    ],
    [
      'a filter with an unknown key',
      '{"type":"SELECT","filters":[{"columnName":"a","columnType":"text","operator":"eq","value":"","not":true}]}',
      'Unrecognized key',
    ],
    [
      'a filter with a number as value',
      '{"type":"SELECT","filters":[{"columnName":"n","columnType":"int","operator":"eq","value":1}]}',
      'filters.0.value: ',
    ],
    [
      'a filter without a value',
      '{"type":"SELECT","filters":[{"columnName":"a","columnType":"text","operator":"eq"}]}',
      'the filter on "a" has no value',
    ],
    [
      'a filter of another type than the column',
      '{"type":"SELECT","filters":[{"columnName":"n","columnType":"text","operator":"eq","value":"1"}]}',
      'column "n" is of type int, not text',
    ],
    [
      'a filter on no column',
      '{"type":"SELECT","filters":[{"columnName":"b","columnType":"text","operator":"eq","value":""}]}',
      'column "b" does not exist',
    ],
    [
      'a list that is none',
      '{"type":"SELECT","filters":[{"columnName":"n","columnType":"int","operator":"in","value":"1,2"}]}',
      'in takes a list, written as json',
    ],
    [
      'a list with a wrong element',
      '{"type":"SELECT","filters":[{"columnName":"n","columnType":"int","operator":"in","value":"[\\"1\\",\\"x\\"]"}]}',
      'invalid input syntax for type int: "x"',
    ],
    [
      'a field with a number as value',
      '{"type":"INSERT","fields":[{"columnName":"n","value":1}]}',
      'fields.0.value: ',
    ],
    [
      'a field with null as value',
      '{"type":"INSERT","fields":[{"columnName":"n","value":null}]}',
      'fields.0.value: ',
    ],
    [
      'a field without a value',
      '{"type":"INSERT","fields":[{"columnName":"n"}]}',
      'fields.0.value is required',
    ],
    [
      'a field of another type than the column',
      '{"type":"INSERT","fields":[{"columnName":"n","value":"1","columnType":"text"}]}',
      'column "n" is of type int, not text',
    ],
    [
      'a field of no column',
      '{"type":"INSERT","fields":[{"columnName":"b","value":"1"}]}',
      'column "b" does not exist',
    ],
    [
      "a field for the record's id",
      '{"type":"INSERT","fields":[{"columnName":"id","value":"1"}]}',
      'column "id" does not exist',
    ],
    [
      'a field twice',
      '{"type":"INSERT","fields":[{"columnName":"n","value":"1"},{"columnName":"n","value":"1"}]}',
      'column "n" appears twice in fields',
    ],
    [
      'a value that is not a literal',
      '{"type":"INSERT","fields":[{"columnName":"n","value":"1.5"}]}',
      'column "n": invalid input syntax for type int: "1.5"',
    ],
    [
      'an empty value that is not a literal',
      '{"type":"INSERT","fields":[{"columnName":"n","value":""}]}',
      'column "n": invalid input syntax for type int: ""',
    ],
    [
      'an INSERT with filters',
      '{"type":"INSERT","filters":[{"columnName":"a","columnType":"text","operator":"eq","value":""}]}',
      'INSERT takes no filters',
    ],
    ['an INSERT with a limit', '{"type":"INSERT","limit":1}', 'INSERT takes no skip or limit'],
    ['an INSERT with a skip', '{"type":"INSERT","skip":0}', 'INSERT takes no skip or limit'],
    [
      'a SELECT with fields',
      '{"type":"SELECT","fields":[{"columnName":"a","value":""}]}',
      'SELECT takes no fields',
    ],
    [
      'a SELECT beyond the largest limit',
      '{"type":"SELECT","limit":101}',
      'limit must not be greater than 100',
    ],
    [
      'an UPDATE without fields',
      '{"type":"UPDATE","filters":[],"fields":[]}',
      'an update needs fields to write',
    ],
    [
      'an UPDATE with a limit',
      '{"type":"UPDATE","fields":[{"columnName":"a","value":""}],"limit":1}',
      'UPDATE takes no skip or limit',
    ],
    [
      'a DELETE with fields',
      '{"type":"DELETE","fields":[{"columnName":"a","value":""}]}',
      'DELETE takes no fields',
    ],
    ['a DELETE with a limit', '{"type":"DELETE","limit":1}', 'DELETE takes no skip or limit'],
  ])('%s', async (_, body, message) => {
    const emulator = await ready()
    const before = emulator.tables.records('t')
    const answer = await act(emulator, 't', body)
    expect(answer.status).toBe(400)
    expect(answer.json).toEqual(bad(expect.stringContaining(message)))
    expect(emulator.tables.records('t')).toEqual(before)
  })

  test('several problems of a body are reported together', async () => {
    const emulator = await ready()
    const answer = await act(emulator, 't', { type: 'INSERT', fields: [{}], limit: -1 })
    expect(answer.json).toEqual(
      bad(
        expect.stringMatching(
          /limit: .*; fields\.0\.columnName is required; fields\.0\.value is required/,
        ),
      ),
    )
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/jsonp',
    '',
  ])('the content type "%s"', async (type) => {
    const emulator = await ready()
    const path = `${pathOf(emulator, 't')}/action?version=DRAFT`
    const answer = await send(emulator, path, {
      body: '{"type":"SELECT"}',
      headers: { 'content-type': type },
    })
    expect(answer.json).toEqual(bad('the content type must be application/json'))
  })

  test.each([
    'application/json',
    'Application/JSON; Charset=UTF-8',
    'application/json;charset="utf-8"',
  ])('the content type "%s" is right', async (type) => {
    const emulator = await ready()
    const path = `${pathOf(emulator, 't')}/action?version=DRAFT`
    const answer = await send(emulator, path, {
      body: '{"type":"SELECT"}',
      headers: { 'content-type': type },
    })
    expect(answer.status).toBe(200)
  })

  test('bytes that are not UTF-8', async () => {
    const emulator = await ready()
    const body = Buffer.from(
      '{"type":"INSERT","fields":[{"columnName":"a","value":"\xff"}]}',
      'latin1',
    )
    const answer = await fetch(`${emulator.url}${pathOf(emulator, 't')}/action?version=DRAFT`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(emulator.token).toString('base64')}`,
        'content-type': 'application/json',
      },
      body,
    })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual(bad('the body is not UTF-8'))
  })

  test('a read with a body', async () => {
    const emulator = await ready()
    const answer = await send(emulator, pathOf(emulator), { method: 'GET', body: '{}' })
    expect(answer.json).toEqual(bad('this operation takes no body'))
  })

  test('more than 16 MiB', async () => {
    const emulator = await ready()
    const value = 'x'.repeat(16 * 1024 * 1024)
    const answer = await act(emulator, 't', {
      type: 'INSERT',
      fields: [{ columnName: 'a', value }],
    })
    expect(answer.json).toEqual({
      message: 'request entity too large',
      error: 'Payload Too Large',
      statusCode: 413,
    })
  })
})

test('five hundred filters work like one, one more is too many', async () => {
  const emulator = await ready()
  const filters = (count: number) =>
    Array(count).fill({ columnName: 'a', columnType: 'text', operator: '=', value: 'x' })
  const many = await act(emulator, 't', { type: 'SELECT', filters: filters(500) })
  expect(many.json).toMatchObject({ meta: { total: 1 } })
  const more = await act(emulator, 't', { type: 'SELECT', filters: filters(501) })
  expect(more.json).toEqual(bad('more than 500 filters'))
})

describe('paths', () => {
  test('sign-in comes first, then what the path names, then what the request states', async () => {
    const emulator = await ready()
    const wrong = { headers: { authorization: 'Basic eDp5' } }
    const unknown = `${pathOf(emulator)}/nope`
    expect((await send(emulator, `${unknown}/data`, wrong)).status).toBe(401)
    expect((await send(emulator, `${unknown}/data`)).status).toBe(404)
    expect((await send(emulator, `${unknown}/action`, { body: '{' })).status).toBe(404)
    expect((await send(emulator, `${pathOf(emulator, 't')}/data`)).status).toBe(400)
  })

  test.each([
    (e: Emulator) => `/api/v1/teams/other/bots/${e.botId}/tables`,
    (e: Emulator) => `/api/v1/teams/${e.teamId}/bots/other/tables`,
    (e: Emulator) => `${pathOf(e)}/t`,
    () => '/api/v1/teams/other/customers',
    (e: Emulator) => `${pathOf(e)}/..%2f..`,
  ])('an unknown team, bot or table: %#', async (path) => {
    const emulator = await ready()
    const answer = await send(emulator, path(emulator))
    expect(answer.status).toBe(404)
    expect(answer.json).toEqual({
      message: expect.stringMatching(/^there is no /),
      error: 'Not Found',
      statusCode: 404,
    })
  })

  test.each([
    ['GET', () => '/'],
    ['GET', () => '/api/v1/teams/%zz/customers%'],
    ['GET', () => '/api/v1'],
    ['GET', () => '/api/v2/teams'],
    ['POST', (e: Emulator) => pathOf(e)],
    ['DELETE', (e: Emulator) => pathOf(e, 't')],
    ['PUT', (e: Emulator) => pathOf(e, 't')],
    ['GET', (e: Emulator) => `${pathOf(e, 't')}/action`],
    ['POST', (e: Emulator) => `${pathOf(e, 't')}/data`],
    ['GET', (e: Emulator) => `${pathOf(e)}/`],
    ['OPTIONS', (e: Emulator) => pathOf(e)],
  ])('%s where the contract has nothing: %#', async (method, path) => {
    const emulator = await ready()
    const answer = await send(emulator, path(emulator), { method })
    expect(answer.status).toBe(404)
    expect(answer.json).toEqual({
      message: `Cannot ${method} ${path(emulator)}`,
      error: 'Not Found',
      statusCode: 404,
    })
  })

  test('HEAD is none of the methods', async () => {
    const emulator = await ready()
    const answer = await send(emulator, pathOf(emulator), { method: 'HEAD' })
    expect(answer.status).toBe(404)
    expect(answer.text).toBe('')
  })

  test('bytes that are not HTTP', async () => {
    const emulator = await ready()
    const socket = connect(Number(new URL(emulator.url).port), '127.0.0.1')
    socket.end('hello\r\n\r\n')
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 400 /)
    expect((await send(emulator, pathOf(emulator))).status).toBe(200)
  })
})
