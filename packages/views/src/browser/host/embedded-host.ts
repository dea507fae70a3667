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
import { localRecords } from './local-records.ts'

export function embeddedHost(data: EmbeddedData): Host {
  const { table, records } = data
  const recordsOf = records && localRecords(table ?? { columns: [] }, records)
  return {
    kind: 'file',
    subject: {},
    report: () => undefined,
    async request<Name extends RequestName>(name: Name, params: RequestParams<Name>) {
      const result =
        name === 'records' ? recordsOf?.(params as RecordsParams) : resultOf(data, name, params)
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
  return Object.hasOwn(data, name) ? data[name as keyof EmbeddedData] : undefined
}

function changeRowsOf({ changeRows }: EmbeddedData, params: ChangeRowsParams): unknown {
  const { set, offset, limit } = params
  const page = changeRows?.[set]
  return page && { rows: page.rows.slice(offset, offset + limit) }
}
