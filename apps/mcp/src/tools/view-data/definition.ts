import { z } from 'zod'
import { defineTool, READS } from '../define-tool.ts'

/** The one tool that views call. Hosts do not show it to the model. */
export const viewData = defineTool({
  name: 'view_data',
  title: 'Data of a view',
  description: 'For views of this server only.',
  annotations: READS,
  input: z.strictObject({ request: z.string(), params: z.looseObject({}).default({}) }),
  output: z.strictObject({ result: z.unknown() }),
  example: { request: 'table', params: { table: 'stores' } },
  isForViews: true,
  load: () => import('./run.ts'),
})
