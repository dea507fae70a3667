/** The `Link` header (RFC 8288), as far as paging needs it. */

const LINK =
  /\s*<([^>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^";,]*))?)*)\s*(?:,|$)/gy
const PARAMETER = /;\s*([^\s=;,]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^";,]*)))?/g

/**
 * The URLs that have a relation, such as `next`, in order.
 *
 * @param values the header, possibly sent several times
 */
export function linksOf(
  values: string | readonly string[] | undefined,
  relation: string,
): string[] {
  const texts = typeof values === 'string' ? [values] : (values ?? [])
  const found: string[] = []
  for (const text of texts) {
    for (const [, url = '', parameters = ''] of text.matchAll(LINK)) {
      if (hasRelation(parameters, relation)) found.push(url.trim())
    }
  }
  return found
}

/** A link with an anchor is about something other than the response. Only the first `rel` counts. */
function hasRelation(parameters: string, relation: string): boolean {
  let relations: string | undefined
  for (const [, name = '', quoted, bare] of parameters.matchAll(PARAMETER)) {
    if (name.toLowerCase() === 'anchor') return false
    if (name.toLowerCase() === 'rel') relations ??= quoted ?? bare?.trim() ?? ''
  }
  return relations?.toLowerCase().split(/\s+/).includes(relation) ?? false
}
