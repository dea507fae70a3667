/**
 * Every request of a view that this server answers. The handlers of a topic are in a file of their own,
 * `*-requests.ts`, whose list is added below. Handlers of one name differ by their parameters.
 */
import { ToolError } from '../result/tool-error.ts'
import type { Settings } from '../settings.ts'
import { allowedTools } from '../tools/registry.ts'
import { changeRequests } from './change-requests.ts'
import { journalRequests } from './journal-requests.ts'
import { profileRequests } from './profile-requests.ts'
import { reviewRequests } from './review-requests.ts'
import { tableRequests } from './table-requests.ts'
import type { ViewRequest } from './view-request.ts'

const REQUESTS: readonly ViewRequest[] = [
  ...tableRequests,
  ...profileRequests,
  ...journalRequests,
  ...changeRequests,
  ...reviewRequests,
]

/**
 * The handler of a request, if the operator allows one of its tools.
 *
 * @throws ToolError
 */
export function findRequest(name: string, params: unknown, settings: Settings): ViewRequest {
  const allowed = allowedTools(settings)
  const named = REQUESTS.filter((one) => one.name === name)
  const open = named.filter(({ tools }) => allowed.some((tool) => tools.includes(tool.name)))
  const taking = named.find(({ takes }) => takes(params))
  // Parameters that fit none are reported by the first handler.
  const found = taking ?? open[0]
  if (found !== undefined && open.includes(found)) return found
  throw new ToolError('NOT_ALLOWED', `This server does not answer ${JSON.stringify(name)}.`, {
    field: 'request',
  })
}
