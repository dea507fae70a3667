import { parseArguments } from '../../call/arguments.ts'
import type { RunTool } from '../../call/context.ts'
import { ToolError } from '../../result/tool-error.ts'
import { findRequest } from '../../views/requests.ts'
import { viewData } from './definition.ts'

export const run: RunTool = async (args, context) => {
  const { settings } = context
  if (!settings.views || !context.request.showsViews) {
    throw new ToolError('NOT_ALLOWED', 'Only views of this server may call view_data.', {
      hint: 'Call the other tools instead.',
    })
  }
  const { request, params } = parseArguments(viewData, args)
  return { ...(await findRequest(request, params, settings).answer(params, context)) }
}
