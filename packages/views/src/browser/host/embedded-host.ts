/** A page that is a file: it answers its own requests from the data inside it. */
import type { ChangeRowsParams } from '../../protocol/changes.ts'
import type { RecordsParams } from '../../protocol/records.ts'
import type {
  EmbeddedData,
  RequestName,
  RequestParams,
  RequestResult,
} from '../../protocol/requests.ts'
import { type Host, RequestFailure } from './host.ts'

export function embeddedHost(data: EmbeddedData): Host {
  return {
    kind: 'file',
    subject: {},
    report: () => undefined,
    async request<Name extends RequestName>(name: Name, params: RequestParams<Name>) {
      const result = resultOf(data, name, params)
      if (result === undefined) {
        throw new RequestFailure('NOT_IN_FILE', 'This file has no such data.')
      }
      return result as RequestResult<Name>
    },
  }
}

function resultOf(data: EmbeddedData, name: RequestName, params: object): unknown {
  if (name === 'tables') return data.table && { tables: [data.table] }
  if (name === 'changeRows') return changeRowsOf(data, params as ChangeRowsParams)
  if (name === 'records') return recordsOf(data, params as RecordsParams)
  return Object.hasOwn(data, name) ? data[name as keyof EmbeddedData] : undefined
}

function changeRowsOf({ changeRows }: EmbeddedData, params: ChangeRowsParams): unknown {
  const { set, offset, limit } = params
  const page = changeRows?.[set]
  return page && { rows: page.rows.slice(offset, offset + limit) }
}

function recordsOf({ records }: EmbeddedData, { offset, limit }: RecordsParams): unknown {
  return records && { ...records, rows: records.rows.slice(offset, offset + limit) }
}
