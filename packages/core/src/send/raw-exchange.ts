import type { OperationId } from '@chatlayer-tables/contract'
import type { TransportAnswer } from './transport.ts'
import type { TransportReason } from './transport-error.ts'

/**
 * One attempt of a request with what was sent and received: it holds ids, values of records, and
 * whatever the gateway sent. Never print or store it as it is. Headers of the request are not part of
 * it.
 */
export interface RawExchange {
  /** The same for all attempts of one call. */
  readonly call: number
  readonly operation: OperationId
  readonly method: 'GET' | 'POST'
  /** Below the API's prefix, with the query. */
  readonly path: string
  /** JSON. */
  readonly body: string | undefined
  /** The response, or why there was none. */
  readonly answer: TransportAnswer | TransportReason
}
