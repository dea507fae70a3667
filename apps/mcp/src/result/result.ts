import type { CallToolResult } from '@modelcontextprotocol/server'
import type { ToolDefinition } from '../tools/define-tool.ts'
import { cutToTokens, fitItems } from './budget.ts'
import { type Data, marked } from './marked.ts'
import type { ErrorDetails, ToolError } from './tool-error.ts'
import { oneLine, visible, visibleDeep } from './untrusted.ts'

/**
 * A result as structured content, and the same as text for clients that read only one of the two. The
 * notice comes first, because it explains how to read the rest.
 */
export function dataResult(data: Data): CallToolResult {
  const structuredContent = marked(data)
  return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent }
}

/** An error as readable text and as structured content, with a hint on what to do next. */
export function errorResult(tool: ToolDefinition, failure: ToolError): CallToolResult {
  const { code } = failure
  const message = cutToTokens(oneLine(failure.message), MESSAGE_TOKENS)
  const { preview, ...rest } = failure.details
  const details = fitDetails(rest)
  const structuredContent = marked({ error: { code, message, ...details }, ...preview?.fields })
  const { field, hint, example, ...facts } = details
  const lines = [
    field === undefined
      ? `${code}: ${message}`
      : `${code} in ${field}: ${withoutPrefix(message, field)}`,
    hint,
    Object.keys(facts).length > 0 ? JSON.stringify(visibleDeep(facts)) : undefined,
    example === undefined ? undefined : `Example: ${tool.name} ${JSON.stringify(example)}`,
    ...(preview === undefined ? [] : previewLines(preview)),
    structuredContent.notice,
  ]
  const text = lines.filter((line) => line !== undefined).join('\n')
  return {
    content: [{ type: 'text', text: visible(text) }],
    structuredContent,
    isError: true,
  }
}

/** The preview for clients that show only text; what its lines do not state comes first. */
function previewLines({ fields, lines }: NonNullable<ErrorDetails['preview']>): string[] {
  const { updates, inserts, deletes, ...facts } = fields
  return [JSON.stringify(visibleDeep(facts)), ...lines]
}

/** Messages with several problems name each field; one alone need not be named twice. */
function withoutPrefix(message: string, field: string): string {
  return message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message
}

/** Errors quote callers and gateways, and these quotes may be long. */
const MESSAGE_TOKENS = 150
const FIELD_TOKENS = 40
const LIST_TOKENS = 1_500

function fitDetails({ field, hint, problems, written_ids, ...rest }: ErrorDetails): ErrorDetails {
  return {
    ...(field === undefined ? {} : { field: cutToTokens(oneLine(field), FIELD_TOKENS) }),
    ...(hint === undefined ? {} : { hint: cutToTokens(oneLine(hint), MESSAGE_TOKENS) }),
    ...rest,
    ...(written_ids === undefined ? {} : { written_ids: fitItems(written_ids, LIST_TOKENS).items }),
    ...(problems === undefined ? {} : { problems: fitItems(problems, LIST_TOKENS).items }),
  }
}
