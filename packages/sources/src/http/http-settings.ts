/** How an HTTP API is read, as plain data for options and configuration files. Loads nothing. */

/** The formats of a response that can be read. */
export const HTTP_FORMATS = ['json', 'ndjson', 'csv', 'tsv'] as const

export type HttpFormat = (typeof HTTP_FORMATS)[number]

/**
 * How the next page is found:
 * - `link`: by the response header `Link: <URL>; rel="next"`
 * - `none`: the first response has all rows
 * - `next`: by a URL in the response
 * - `cursor`: by a value of the response, or of its last row, that a parameter sends back
 * - `page`: by a parameter with the number of the page
 * - `offset`: by a parameter with the number of rows to skip
 */
export const PAGING_STYLES = ['link', 'none', 'next', 'cursor', 'page', 'offset'] as const

export type PagingStyle = (typeof PAGING_STYLES)[number]

/**
 * A place in a response: a JSON pointer such as `/meta/next` (RFC 6901, begins with `/`), or else the
 * name of a response header such as `X-Total-Count`.
 */
export type ResponsePlace = string

/** How the pages of a list are read. Each style uses the settings that name it, and no others. */
export interface HttpPaging {
  readonly style: PagingStyle
  /** `next`: where the URL is. `cursor`: where the cursor is. Missing, null or empty on the last page. */
  readonly at?: ResponsePlace | undefined
  /** `cursor`: a JSON pointer into the last row, in place of `at`, such as `/id`; needs an end. */
  readonly lastRow?: string | undefined
  /** The query parameter that is sent: `cursor` has no default, `page`: `page`, `offset`: `offset`. */
  readonly parameter?: string | undefined
  /** `page`: the number of the first page (default: 1). `offset`: of the first row (default: 0). */
  readonly start?: number | undefined
  /** Rows per page. */
  readonly size?: number | undefined
  /** The query parameter that sends `size` (default: not sent; for `offset`: `limit`). */
  readonly sizeParameter?: string | undefined
  /** `cursor`, `page`, `offset`: where it says whether there are more pages: true or false. */
  readonly more?: ResponsePlace | undefined
  /** Every style: where the number of rows of all pages is. As many rows must have been read at the end. */
  readonly total?: ResponsePlace | undefined
  /** `page`: where the number of pages is. */
  readonly totalPages?: ResponsePlace | undefined
  /** `page`, `offset`: the status of a response after the last page, such as 404 (default: an empty page). */
  readonly endStatus?: number | undefined
}

/** How an HTTP API is read; each setting has a default. Times in milliseconds. */
export interface HttpSettings {
  /**
   * Headers to send, to the origin of the address alone. `$NAME` and `${NAME}` in a value are from the
   * environment, `$$` is a dollar sign.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Query parameters in addition to those of the address, with `$NAME` as in headers. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  /** The header that sends the secret of a saved connection (default: as a bearer token). */
  readonly secretHeader?: string | undefined
  /** The format of the responses (default: by content type, then by the end of the path). */
  readonly format?: HttpFormat | undefined
  /**
   * The JSON pointer of the list of rows; empty for the whole body (default: the body, or the only list
   * of objects in it).
   */
  readonly rows?: string | undefined
  /** How the next page is found (default: `link`). */
  readonly paging?: HttpPaging | undefined
  /** Origins besides that of the address, such as `https://cdn.example`, that a link to a next page may name. */
  readonly otherOrigins?: readonly string[] | undefined
  /** Whether http is allowed for other hosts than loopback. */
  readonly allowHttp?: boolean | undefined
  /** The most pages to read (default: 10,000). */
  readonly maxPages?: number | undefined
  /** The most bytes to read, of all pages, uncompressed (default: 16 GiB). */
  readonly maxBytes?: number | undefined
  /** For name lookup, TCP and TLS (default: 10,000). */
  readonly connectTimeoutMs?: number | undefined
  /** From the request to the headers of the response (default: 60,000). */
  readonly headersTimeoutMs?: number | undefined
  /** Between two parts of a body (default: 60,000). */
  readonly idleTimeoutMs?: number | undefined
  /** For all pages with all retries (default: none). */
  readonly timeoutMs?: number | undefined
}
