/** A page that is a file: it answers its own requests from the data inside it. */
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
      if (result === undefined)
        throw new RequestFailure('NOT_IN_FILE', 'This file has no such data.')
      return result as RequestResult<Name>
    },
  }
}

function resultOf(data: EmbeddedData, name: RequestName, params: object): unknown {
  if (name === 'changeRows' && 'set' in params) return data.changeRows?.[Number(params.set)]
  return data[name as keyof EmbeddedData]
}
