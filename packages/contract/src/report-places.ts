/**
 * How a report treats the values at known places of a body. A value at any other place is replaced,
 * and its shape alone is kept.
 *
 * - `count`: a whole number of the API's own, such as a page's size
 * - `word`: one of the API's words
 * - `type`: the type of a column, a free string
 * - `message`: text of the gateway
 * - `status`: a status of HTTP
 * - `column`, `table`: a name that a user gave
 * - `list`: a value that may be an encoded list
 */
export type ReportPlace = 'count' | 'word' | 'type' | 'message' | 'status' | NamedPlace | 'list'
type NamedPlace = 'column' | 'table'

/** By path, without the places in lists. */
export const RESPONSE_PLACES: Readonly<Record<string, ReportPlace>> = {
  'meta.total': 'count',
  'meta.limit': 'count',
  'meta.offset': 'count',
  'data.name': 'table',
  'data.columns.name': 'column',
  'data.columns.type': 'type',
  message: 'message',
  error: 'message',
  statusCode: 'status',
}

export const REQUEST_PLACES: Readonly<Record<string, ReportPlace>> = {
  type: 'word',
  skip: 'count',
  limit: 'count',
  'filters.columnName': 'column',
  'filters.columnType': 'word',
  'filters.operator': 'word',
  'filters.value': 'list',
  'fields.columnName': 'column',
  'fields.columnType': 'word',
}

/** Names under which a dialect may filter by a record's own fields. */
export const OWN_COLUMNS = ['id', 'createdAt', 'updatedAt', 'created_at', 'updated_at'] as const
