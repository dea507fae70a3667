/** Results of the tool for views. The text is the same JSON: some hosts pass only text to a view. */
import type { CallToolResult } from '@modelcontextprotocol/server'
import type { ToolError } from './tool-error.ts'
import { DATA_NOTICE, visible } from './untrusted.ts'

interface Reply {
  readonly result?: unknown
  readonly meta?: unknown
}

export function viewResult({ result, meta }: Reply): CallToolResult {
  return {
    // A host may show the result to its model all the same.
    ...asBoth({ notice: DATA_NOTICE, result }),
    ...(meta === undefined ? {} : { _meta: meta as NonNullable<CallToolResult['_meta']> }),
  }
}

export function viewError({ code, message, details }: ToolError): CallToolResult {
  const { hint } = details
  const error = { code, message, ...(hint === undefined ? {} : { hint }) }
  return { ...asBoth({ error }), isError: true }
}

/** Invisible characters in the text are JSON escapes, so that it parses into exactly the same data. */
function asBoth(
  data: Record<string, unknown>,
): Pick<CallToolResult, 'content' | 'structuredContent'> {
  return {
    content: [{ type: 'text', text: visible(JSON.stringify(data)) }],
    structuredContent: data,
  }
}
