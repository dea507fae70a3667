/** Removes secrets from the data of a page. Pure. */

/**
 * The same data with `redact` applied to every text in it, also to the names of fields. What has no
 * secret is not copied.
 *
 * @returns the data, and the number of texts that were changed
 */
export function redactData<T>(
  data: T,
  redact: (text: string) => string,
): { readonly data: T; readonly redacted: number } {
  let redacted = 0
  const clean = (text: string): string => {
    const found = redact(text)
    if (found !== text) redacted += 1
    return found
  }
  const visit = (value: unknown): unknown => {
    if (typeof value === 'string') return clean(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) {
      const items = value.map(visit)
      return items.every((item, index) => item === value[index]) ? value : items
    }
    const fields = Object.entries(value).map(([name, field]) => [clean(name), visit(field)])
    const isSame = Object.entries(value).every(
      ([name, field], index) => fields[index]?.[0] === name && fields[index]?.[1] === field,
    )
    return isSame ? value : Object.fromEntries(fields)
  }
  return { data: visit(data) as T, redacted }
}
