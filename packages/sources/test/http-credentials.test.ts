import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { HttpSettings } from '../src/http/http-settings.ts'
import type { SideError } from '../src/side-error.ts'
import { type HttpApi, startHttpApi } from './http-api.ts'
import { linesOf, type ReadInput, readApi } from './http-reading.ts'

let api: HttpApi
let other: HttpApi
beforeAll(async () => {
  api = await startHttpApi()
  other = await startHttpApi()
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})
beforeEach(() => {
  for (const each of [api, other]) {
    Object.assign(each, { rows: ['{"id":1}'], faults: [], authorization: undefined })
    each.requests.length = 0
    each.routes.clear()
  }
})

const SECRET = 'sk_live_51HxTokenOfTheShop'
const env = { SHOP_TOKEN: SECRET, SHOP_USER: 'shop', EMPTY: '' }
const headers = { Authorization: 'Bearer $SHOP_TOKEN' }

async function failureOf(address: string, settings: HttpSettings, input: ReadInput = { env }) {
  const error = await readApi(address, settings, input).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(Error)
  return error as SideError
}

describe('a header', () => {
  it.each([
    ['Bearer $SHOP_TOKEN', `Bearer ${SECRET}`],
    [`\${SHOP_USER}:\${SHOP_TOKEN}`, `shop:${SECRET}`],
    ['$$SHOP_TOKEN costs $5', '$SHOP_TOKEN costs $5'],
  ])('has values of the environment: %s', async (value, expected) => {
    await readApi(api.url, { headers: { 'X-Key': value } }, { env })
    expect(api.requests[0]?.headers['x-key']).toBe(expected)
  })

  it.each(['$MISSING', `\${MISSING}`, '$EMPTY'])('needs its variables: %s', async (value) => {
    await expect(readApi(api.url, { headers: { 'X-Key': value } }, { env })).rejects.toThrow(
      /header X-Key: the environment variable (MISSING|EMPTY) is not set/,
    )
    expect(api.requests).toHaveLength(0)
  })

  it.each([
    ['a b', 'x', 'is not the name of a header'],
    ['Host', 'x', 'is set by the program'],
    ['X-A', 'a\nb', 'has a line break'],
  ])('is checked: %s', async (name, value, problem) => {
    await expect(readApi(api.url, { headers: { [name]: value } })).rejects.toThrow(problem)
  })

  it('has the secret of a saved connection', async () => {
    await readApi(api.url, {}, { secret: SECRET })
    await readApi(api.url, { secretHeader: 'X-Api-Key' }, { secret: SECRET })
    expect(api.requests[0]?.headers.authorization).toBe(`Bearer ${SECRET}`)
    expect(api.requests[1]?.headers['x-api-key']).toBe(SECRET)
    expect(api.requests[1]?.headers.authorization).toBeUndefined()
  })
})

describe('a parameter', () => {
  it('may be a secret of the environment, and is sent with every page', async () => {
    api.routes.set('/list', ({ query }) => ({
      body: `[{"page":"${query.get('page')}"}]`,
      headers: query.has('page') ? {} : { link: '<?page=2>; rel=next' },
    }))
    const settings = { parameters: { kind: 'a b&c' } }
    const read = await readApi(
      `${api.origin}/list?api_key=$SHOP_TOKEN&$expand=Items($select=a)`,
      settings,
      { env },
    )
    expect(linesOf(read)).toHaveLength(2)
    expect(api.requests.map(({ query }) => query.get('api_key'))).toEqual([SECRET, SECRET])
    expect(api.requests[0]?.query.get('kind')).toBe('a b&c')
    expect(api.requests[0]?.query.get('$expand')).toBe('Items($select=a)')
  })
})

describe('a secret', () => {
  const cases: [string, () => Promise<SideError>][] = [
    [
      'in a response that echoes it',
      () => {
        api.faults = [
          { kind: 'status', status: 400, body: `{"key":"${SECRET}","b":"${btoa(SECRET)}"}` },
        ]
        return failureOf(api.url, { headers })
      },
    ],
    [
      'in a page',
      () => {
        const body = `<!doctype html><title>Hello ${SECRET}</title>`
        api.faults = [
          { kind: 'answer', answer: { body, headers: { 'content-type': 'text/html' } } },
        ]
        return failureOf(api.url, { headers })
      },
    ],
    [
      'in the address',
      () => {
        api.faults = [{ kind: 'status', status: 404, body: SECRET }]
        return failureOf(`${api.url}?api_key=${SECRET}`, {})
      },
    ],
    [
      'in a redirect',
      () => {
        api.routes.set('/r', () => ({
          status: 302,
          body: '',
          headers: { location: `/r?k=${SECRET}` },
        }))
        return failureOf(`${api.origin}/r`, { headers })
      },
    ],
    [
      'in a link',
      () => {
        const link = `<http://${SECRET}@localhost:1/x?${SECRET}>; rel=next`
        api.routes.set('/l', () => ({ body: '[{"a":1}]', headers: { link } }))
        return failureOf(`${api.origin}/l`, { headers })
      },
    ],
    [
      'in a value that is not a header',
      () => failureOf(api.url, { headers: { 'X-A': '$BAD' } }, { env: { BAD: `${SECRET}\u0000` } }),
    ],
    [
      'in the user of the address',
      () => failureOf(api.url.replace('://', `://user:${SECRET}@`), {}),
    ],
  ]
  it.each(cases)('is not shown: %s', async (_, fail) => {
    const error = await fail()
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET)
    expect(JSON.stringify([error.message, error.hint])).not.toContain(btoa(SECRET).slice(0, 20))
  })
})

describe('access', () => {
  it('is needed: the error says how', async () => {
    api.authorization = `Bearer ${SECRET}`
    const missing = await failureOf(api.url, {})
    expect([missing.code, missing.isTransient]).toEqual(['SIDE_ACCESS', false])
    expect(missing.message).toContain('responded with 401: {"message":"Bad credentials"}')
    expect(missing.hint).toContain('The API needs a credential')
    const wrong = await failureOf(api.url, { headers: { Authorization: 'Bearer x' } })
    expect(wrong.hint).toContain('Check whether the token is valid')
    expect(linesOf(await readApi(api.url, { headers }, { env }))).toHaveLength(1)
  })
})

describe('a redirect', () => {
  const to = (location: string, status = 302) => ({ status, body: '', headers: { location } })

  it('is followed on the same host with credentials', async () => {
    api.routes.set('/old', () => to('/products', 308))
    expect(linesOf(await readApi(`${api.origin}/old`, { headers }, { env }))).toEqual(api.rows)
    expect(api.requests.map((request) => request.headers.authorization)).toEqual(
      Array(2).fill(`Bearer ${SECRET}`),
    )
  })

  it('takes no credentials to another host, nor back', async () => {
    api.routes.set('/old', () => to(`${other.origin}/hop`))
    other.routes.set('/hop', () => to(api.url))
    const all = { ...headers, 'X-Key': '$SHOP_TOKEN', Cookie: 'a=b' }
    await readApi(`${api.origin}/old`, { headers: all }, { env })
    for (const request of [other.requests[0], api.requests[1]]) {
      expect(request?.headers).not.toHaveProperty('authorization')
      expect(request?.headers).not.toHaveProperty('x-key')
      expect(request?.headers).not.toHaveProperty('cookie')
    }
  })

  it('is followed five times', async () => {
    api.routes.set('/loop', () => to('/loop'))
    const error = await failureOf(`${api.origin}/loop`, {})
    expect(error.message).toContain('more than 5 redirects')
    expect(api.requests).toHaveLength(6)
  })

  it.each(['http://shop.example/x', 'file:///etc/passwd', 'http://['])(
    'is not followed to %s',
    async (location) => {
      api.routes.set('/old', () => to(location))
      const error = await failureOf(`${api.origin}/old`, {})
      expect(error.message).toContain('the API redirects to')
    },
  )
})

describe('a link to another host', () => {
  beforeEach(() => {
    api.routes.set('/list', () => ({
      body: '[{"a":1}]',
      headers: { link: `<${other.url}>; rel="next"` },
    }))
  })

  it('is refused', async () => {
    const error = await failureOf(`${api.origin}/list`, { headers })
    expect(error.message).toContain(`the next page is on another host, ${other.origin}`)
    expect(other.requests).toHaveLength(0)
  })

  it('is followed without credentials if it is allowed', async () => {
    const settings = { headers, otherOrigins: [other.origin] }
    expect(linesOf(await readApi(`${api.origin}/list`, settings, { env }))).toHaveLength(2)
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization')
  })
})

describe('the address', () => {
  it.each([
    ['http://shop.example/list', 'must be https'],
    ['https://user:pass@shop.example/list', 'must not contain a user or password'],
    ['https://', 'is not a URL'],
  ])('is checked: %s', async (address, problem) => {
    await expect(readApi(address)).rejects.toThrow(problem)
  })

  it('is named without parameters', async () => {
    const { openHttp } = await import('../src/http/open-http.ts')
    const side = await openHttp({ address: 'https://shop.example/list?api_key=1#x', env: {} })
    expect(side.name).toBe('https://shop.example/list')
    expect(JSON.stringify(side)).not.toContain('api_key')
  })
})
