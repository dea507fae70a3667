/** What clients declare about MCP Apps, the extension of the protocol for pages in a chat (SEP-1865). */
import { z } from 'zod'

export const UI_EXTENSION = 'io.modelcontextprotocol/ui'

/** The type of content of a page. */
export const VIEW_MIME_TYPE = 'text/html;profile=mcp-app'

const Declared = z.looseObject({
  extensions: z.looseObject({
    [UI_EXTENSION]: z.looseObject({ mimeTypes: z.array(z.unknown()).optional() }),
  }),
})

/** Whether a client with these capabilities shows our pages. */
export function declaresViews(capabilities: unknown): boolean {
  const { data } = Declared.safeParse(capabilities)
  const { mimeTypes } = data?.extensions[UI_EXTENSION] ?? {}
  return data !== undefined && (mimeTypes?.includes(VIEW_MIME_TYPE) ?? true)
}
