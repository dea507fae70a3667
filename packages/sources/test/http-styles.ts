/** How well-known APIs answer a page of a list, each with the settings that read it. */
import type { HttpSettings } from '../src/http/http-settings.ts'

export interface ApiRequest {
  /** The address of the list, without parameters. */
  readonly url: string
  readonly query: URLSearchParams
  /** The texts of all rows: JSON objects, each with its place in the list as `id`. */
  readonly rows: readonly string[]
  /** Rows per page, where the request does not set them. */
  readonly size: number
}

export interface ApiAnswer {
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly status?: number
}

export interface ApiStyle {
  /** @param size rows per page of the API */
  readonly settings: (size: number) => HttpSettings
  readonly answer: (request: ApiRequest) => ApiAnswer
}

interface Slice {
  readonly rows: readonly string[]
  /** Where the next page begins; undefined on the last page. */
  readonly next: number | undefined
}

function slice({ rows, size }: ApiRequest, from: number, most = size): Slice {
  const end = from + most
  return { rows: rows.slice(from, end), next: end < rows.length ? end : undefined }
}

const list = (rows: readonly string[]) => `[${rows.join(',')}]`
const numberOf = (query: URLSearchParams, name: string, other: number) =>
  Number(query.get(name) ?? other)

function linkHeader(entries: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const links = Object.entries(entries).flatMap(([relation, url]) =>
    url === undefined ? [] : [`<${url}>; rel="${relation}"`],
  )
  return links.length === 0 ? {} : { link: links.join(', ') }
}

/** GitHub: the body is the list, `Link` has the next page. */
const github: ApiStyle = {
  settings: () => ({}),
  answer(request) {
    const page = numberOf(request.query, 'page', 1)
    const { rows, next } = slice(request, (page - 1) * request.size)
    const of = (number: number) => `${request.url}?page=${number}`
    return {
      body: list(rows),
      headers: linkHeader({
        prev: page > 1 ? of(page - 1) : undefined,
        next: next === undefined ? undefined : of(page + 1),
        last: of(Math.ceil(request.rows.length / request.size)),
      }),
    }
  },
}

/** Shopify: `Link` with an opaque `page_info`, the list under a name of its own. */
const shopify: ApiStyle = {
  settings: () => ({}),
  answer(request) {
    const info = request.query.get('page_info')
    const from = info === null ? 0 : Number(Buffer.from(info, 'base64url').toString())
    const { rows, next } = slice(request, from)
    const token = Buffer.from(String(next)).toString('base64url')
    return {
      body: `{"products":${list(rows)}}`,
      headers: linkHeader({
        previous: from > 0 ? `${request.url}?page_info=${'0'.repeat(4)}` : undefined,
        next:
          next === undefined
            ? undefined
            : `${request.url}?limit=${request.size}&page_info=${token}`,
      }),
    }
  },
}

/** Stripe: the id of the last row is the cursor, `has_more` is the end. */
const stripe: ApiStyle = {
  settings: (size) => ({
    rows: '/data',
    paging: {
      style: 'cursor',
      lastRow: '/id',
      parameter: 'starting_after',
      more: '/has_more',
      size,
      sizeParameter: 'limit',
    },
  }),
  answer(request) {
    const after = request.query.get('starting_after')
    const from = after === null ? 0 : Number(after) + 1
    const { rows, next } = slice(request, from, numberOf(request.query, 'limit', request.size))
    return {
      body: `{"object":"list","data":${list(rows)},"has_more":${next !== undefined},"url":"/x"}`,
    }
  },
}

/** Airtable: an `offset` that is missing on the last page. */
const airtable: ApiStyle = {
  settings: () => ({ paging: { style: 'cursor', at: '/offset', parameter: 'offset' } }),
  answer(request) {
    const offset = request.query.get('offset')
    const from = offset === null ? 0 : Number(offset.split('/')[1])
    const { rows, next } = slice(request, from)
    const cursor = next === undefined ? '' : `,"offset":"itr/${next}"`
    return { body: `{"records":${list(rows)}${cursor}}` }
  },
}

/** Notion: `next_cursor`, null on the last page, beside `has_more`. */
const notion: ApiStyle = {
  settings: () => ({
    rows: '/results',
    paging: { style: 'cursor', at: '/next_cursor', parameter: 'start_cursor', more: '/has_more' },
  }),
  answer(request) {
    const cursor = request.query.get('start_cursor')
    const { rows, next } = slice(request, cursor === null ? 0 : Number(cursor.slice(2)))
    const more = next === undefined ? 'null' : `"c-${next}"`
    return {
      body: `{"object":"list","next_cursor":${more},"has_more":${next !== undefined},"results":${list(rows)}}`,
    }
  },
}

/** OData: an absolute or relative `@odata.nextLink`. */
const odata: ApiStyle = {
  settings: () => ({ rows: '/value', paging: { style: 'next', at: '/@odata.nextLink' } }),
  answer(request) {
    const { rows, next } = slice(request, numberOf(request.query, '$skiptoken', 0))
    const link = next === undefined ? '' : `,"@odata.nextLink":"${request.url}?$skiptoken=${next}"`
    return { body: `{"@odata.context":"$metadata#Products","value":${list(rows)}${link}}` }
  },
}

/** JSON:API: `links.next`, which may be an object, and is null on the last page. */
const jsonApi: ApiStyle = {
  settings: () => ({ rows: '/data', paging: { style: 'next', at: '/links/next' } }),
  answer(request) {
    const from = numberOf(request.query, 'page[offset]', 0)
    const { rows, next } = slice(request, from)
    const url = `"?page%5Boffset%5D=${next}"`
    const link = next === undefined ? 'null' : from % 2 === 0 ? url : `{"href":${url}}`
    return {
      body: `{"links":{"self":"x","next":${link}},"data":${list(rows)},"included":[{"a":1}]}`,
    }
  },
}

/** Salesforce: `nextRecordsUrl`, relative to the host, and `done`. */
const salesforce: ApiStyle = {
  settings: () => ({
    rows: '/records',
    paging: { style: 'next', at: '/nextRecordsUrl', total: '/totalSize' },
  }),
  answer(request) {
    const { rows, next } = slice(request, numberOf(request.query, 'locator', 0))
    const path = `${new URL(request.url).pathname}?locator=${next}`
    const link = next === undefined ? '' : `,"nextRecordsUrl":"${path}"`
    return {
      body: `{"totalSize":${request.rows.length},"done":${next === undefined}${link},"records":${list(rows)}}`,
    }
  },
}

/** WordPress: `page`, with the number of pages in a header, and 400 after the last. */
const wordpress: ApiStyle = {
  settings: (size) => ({
    paging: { style: 'page', size, sizeParameter: 'per_page', totalPages: 'X-WP-TotalPages' },
  }),
  answer(request) {
    const page = numberOf(request.query, 'page', 1)
    const size = numberOf(request.query, 'per_page', request.size)
    const pages = Math.ceil(request.rows.length / size)
    if (page > Math.max(1, pages)) {
      return {
        status: 400,
        body: '{"code":"rest_post_invalid_page_number","message":"no such page"}',
      }
    }
    return {
      body: list(slice(request, (page - 1) * size, size).rows),
      headers: { 'x-wp-total': String(request.rows.length), 'x-wp-totalpages': String(pages) },
    }
  },
}

/** Django: `page`, with 404 after the last, which a short page comes before. */
const django: ApiStyle = {
  settings: (size) => ({
    paging: { style: 'page', size, sizeParameter: 'page_size', endStatus: 404 },
  }),
  answer(request) {
    const page = numberOf(request.query, 'page', 1)
    const { rows } = slice(request, (page - 1) * request.size)
    if (rows.length === 0 && page > 1) return { status: 404, body: '{"detail":"Invalid page."}' }
    return { body: `{"results":${list(rows)}}` }
  },
}

/** Pages from 0 until an empty one. */
const pages: ApiStyle = {
  settings: () => ({ paging: { style: 'page', parameter: 'p', start: 0 } }),
  answer(request) {
    const { rows } = slice(request, numberOf(request.query, 'p', 0) * request.size)
    return { body: list(rows) }
  },
}

/** Offset and limit; more than `size` rows are never sent, whatever is asked for. */
const offset: ApiStyle = {
  settings: (size) => ({ paging: { style: 'offset', size: size * 2 } }),
  answer(request) {
    const most = Math.min(request.size, numberOf(request.query, 'limit', request.size))
    return { body: list(slice(request, numberOf(request.query, 'offset', 0), most).rows) }
  },
}

/** Offset with the number of rows. */
const offsetWithTotal: ApiStyle = {
  settings: (size) => ({
    paging: {
      style: 'offset',
      parameter: 'skip',
      sizeParameter: 'take',
      size,
      total: '/meta/total',
    },
  }),
  answer(request) {
    const most = numberOf(request.query, 'take', request.size)
    const { rows } = slice(request, numberOf(request.query, 'skip', 0), most)
    return { body: `{"meta":{"total":${request.rows.length}},"items":${list(rows)}}` }
  },
}

/** A cursor in a header, which is empty on the last page, as GitLab has the number of the next page. */
const cursorHeader: ApiStyle = {
  settings: () => ({ paging: { style: 'cursor', at: 'X-Next-Page', parameter: 'page' } }),
  answer(request) {
    const page = numberOf(request.query, 'page', 1)
    const { rows, next } = slice(request, (page - 1) * request.size)
    return {
      body: list(rows),
      headers: { 'x-next-page': next === undefined ? '' : String(page + 1) },
    }
  },
}

/** NDJSON with `Link`. */
const ndjson: ApiStyle = {
  settings: () => ({}),
  answer(request) {
    const { headers = {} } = github.answer(request)
    const page = numberOf(request.query, 'page', 1)
    const { rows } = slice(request, (page - 1) * request.size)
    return {
      body: rows.length === 0 ? '\n' : rows.join('\n'),
      headers: { ...headers, 'content-type': 'application/x-ndjson' },
    }
  },
}

/** Everything in one response. */
const whole: ApiStyle = {
  settings: () => ({ paging: { style: 'none' } }),
  answer: ({ rows }) => ({ body: list(rows) }),
}

export const API_STYLES = {
  github,
  shopify,
  stripe,
  airtable,
  notion,
  odata,
  jsonApi,
  salesforce,
  wordpress,
  django,
  pages,
  offset,
  offsetWithTotal,
  cursorHeader,
  ndjson,
  whole,
} as const satisfies Readonly<Record<string, ApiStyle>>

export type ApiStyleName = keyof typeof API_STYLES
