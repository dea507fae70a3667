/**
 * Every request of a view that this server answers. The handlers of a topic are in a file of their own,
 * `*-requests.ts`, whose list is added below.
 */
import { ToolError } from '../result/tool-error.ts'
import type { Settings } from '../settings.ts'
import { allowedTools } from '../tools/registry.ts'
import { reviewRequests } from './review-requests.ts'
import { tableRequests } from './table-requests.ts'
import type { ViewRequest } from './view-request.ts'

const REQUESTS: ReadonlyMap<string, ViewRequest> = new Map(
  [...tableRequests, ...reviewRequests].map((request) => [request.name, request]),
)

/**
 * The handler of a request, if the operator allows one of its tools.
 *
 * @throws ToolError
 */
export function findRequest(name: string, settings: Settings): ViewRequest {
  const request = REQUESTS.get(name)
  const isAllowed = allowedTools(settings).some((tool) => request?.tools.includes(tool.name))
  if (request !== undefined && isAllowed) return request
  throw new ToolError('NOT_ALLOWED', `This server does not answer ${JSON.stringify(name)}.`, {
    field: 'request',
  })
}
