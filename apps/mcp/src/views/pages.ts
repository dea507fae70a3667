/** The pages that show results of tools, one resource for each tool. */
import type { PageName } from '@chatlayer-tables/views'
import type { ToolName } from '../tools/registry.ts'

const PAGES: ReadonlyMap<string, PageName> = new Map<ToolName, PageName>([
  ['query_records', 'records'],
  ['describe_table', 'profile'],
  ['list_changes', 'journal'],
  ['compare_tables', 'changes'],
  ['insert_records', 'changes'],
  ['update_records', 'changes'],
  ['upsert_records', 'changes'],
  ['copy_records', 'changes'],
  ['delete_records', 'changes'],
  ['undo_changes', 'changes'],
  ['import_file', 'changes'],
])

/** Where the pages are, as the first part of their addresses. */
export const PAGES_AT = 'ui://chatlayer-tables/'

export function hasPage(tool: string): boolean {
  return PAGES.has(tool)
}

/**
 * The address of a tool's page; undefined for a tool without one. Hosts cache pages by address, so it
 * changes with the content.
 */
export async function pageUri(tool: string): Promise<string | undefined> {
  const page = PAGES.get(tool)
  if (page === undefined) return undefined
  const { pageDigest } = await import('@chatlayer-tables/views')
  return `${PAGES_AT}${tool}-${page}-${await pageDigest(page)}.html`
}

/** The page of a tool. It names the tool, since not every host does. */
export async function pageOf(tool: string): Promise<string> {
  const page = PAGES.get(tool)
  if (page === undefined) throw new Error(`${tool} has no page`)
  const { pageHtml } = await import('@chatlayer-tables/views')
  const html = await pageHtml(page)
  return html.replace('<head>', `<head><meta name="chatlayer-tool" content="${tool}" />`)
}
