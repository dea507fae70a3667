import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { HttpSettings } from '../src/http/http-settings.ts'
import { openHttp } from '../src/http/open-http.ts'
import { type HttpApi, startHttpApi } from './http-api.ts'
import { readApi } from './http-reading.ts'

const WHOLE: HttpSettings = { paging: { style: 'none' } }

let api: HttpApi
beforeAll(async () => {
  api = await startHttpApi()
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
})
beforeEach(() => {
  Object.assign(api, { rows: ['{"id":1}'], style: 'whole', hasTags: true, faults: [] })
  api.requests.length = 0
})

describe('a list in one response', () => {
  it('is not sent again if it has not changed', async () => {
    const { validator } = await readApi(api.url, WHOLE)
    const again = await readApi(api.url, WHOLE, { ifChangedFrom: validator })
    expect(again).toMatchObject({ unchanged: true, text: '' })
    expect(api.requests[1]?.headers['if-none-match']).toMatch(/^"\w+"$/)
  })

  it('is sent again if it has changed', async () => {
    const { validator } = await readApi(api.url, WHOLE)
    api.rows = ['{"id":2}']
    const again = await readApi(api.url, WHOLE, { ifChangedFrom: validator })
    expect(again).toMatchObject({ unchanged: false, text: '{"id":2}\n' })
    expect(again.validator).not.toBe(validator)
  })

  it('has no rows to read if it has not changed', async () => {
    const { validator } = await readApi(api.url, WHOLE)
    const side = await openHttp({ address: api.url, http: WHOLE, env: {} })
    await using reading = await side.read({ ifChangedFrom: validator })
    await expect(reading.bytes().next()).rejects.toThrow('has not changed')
  })

  it('is known by the validator of the same request alone', async () => {
    const { validator } = await readApi(api.url, WHOLE)
    for (const address of [`${api.url}?status=open`, api.url]) {
      const settings = address === api.url ? { ...WHOLE, rows: '' } : WHOLE
      const again = await readApi(address, settings, { ifChangedFrom: validator })
      expect(again.unchanged).toBe(false)
    }
    expect((await readApi(api.url, WHOLE, { ifChangedFrom: 'nonsense' })).unchanged).toBe(false)
  })

  it('is known by its time, when that is old enough', async () => {
    api.hasTags = false
    const now = Date.now()
    const age = { old: 3600_000, fresh: 1000 }
    for (const [name, ms] of Object.entries(age)) {
      const modified = new Date(now - ms).toUTCString()
      api.routes.set(`/${name}`, ({ headers }) =>
        headers['if-modified-since'] === modified
          ? { status: 304, body: '' }
          : { body: '[{"id":1}]', headers: { 'last-modified': modified } },
      )
      const { validator } = await readApi(`${api.origin}/${name}`, WHOLE)
      const again = await readApi(`${api.origin}/${name}`, WHOLE, { ifChangedFrom: validator })
      expect(again.unchanged).toBe(name === 'old')
    }
  })
})

describe('a list that may have further pages', () => {
  it('has no validator, since a new page may leave the first as it is', async () => {
    Object.assign(api, { style: 'github', size: 3 })
    expect((await readApi(api.url)).validator).toBeUndefined()
    Object.assign(api, { style: 'pages' })
    const settings: HttpSettings = { paging: { style: 'page', parameter: 'p', start: 0 } }
    expect((await readApi(api.url, settings)).validator).toBeUndefined()
  })

  it('has one where its only page states that it is all', async () => {
    Object.assign(api, { style: 'notion', size: 3 })
    const settings: HttpSettings = {
      paging: { style: 'cursor', at: '/next_cursor', parameter: 'start_cursor', more: '/has_more' },
    }
    const { validator } = await readApi(api.url, settings)
    expect((await readApi(api.url, settings, { ifChangedFrom: validator })).unchanged).toBe(true)
    api.rows = [1, 2, 3, 4].map((id) => `{"id":${id}}`)
    const more = await readApi(api.url, settings, { ifChangedFrom: validator })
    expect(more).toMatchObject({ unchanged: false, validator: undefined })
  })

  it('reports whether it can know', async () => {
    const can = async (http?: HttpSettings) =>
      (await openHttp({ address: api.url, http, env: {} })).can
    expect(await can()).toEqual({ snapshot: false, unchanged: false })
    expect(await can(WHOLE)).toEqual({ snapshot: false, unchanged: true })
  })
})
