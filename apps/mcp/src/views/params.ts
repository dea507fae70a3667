/** Parameters that several requests of views share. */
import { z } from 'zod'
import { parseArguments } from '../call/arguments.ts'
import { ToolError } from '../result/tool-error.ts'
import { queryRecords } from '../tools/query-records/definition.ts'

/** A name, an id or a short text. */
export const Name = z.string().max(1_000)
export const Offset = z.int().min(0)
export const Limit = z.int().min(1).max(1_000)

/** A call whose result the view shows. The tool checks the arguments as in any call. */
export const Call = z.strictObject({ tool: Name, arguments: z.record(z.string(), z.unknown()) })
export type Call = z.output<typeof Call>

/** The arguments of a call of query_records, checked. @throws ToolError */
export function queryOf(call: Call): z.output<typeof queryRecords.input> {
  if (call.tool !== queryRecords.name) {
    throw new ToolError('INVALID_ARGUMENTS', `${call.tool} returns no records.`, {
      field: 'params.call.tool',
    })
  }
  return parseArguments(queryRecords, call.arguments)
}
