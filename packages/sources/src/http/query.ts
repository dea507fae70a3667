/** Changes query parameters, and leaves the text of all others as it is. */

/** Sets a parameter in place of all of its name. */
export function setParameter(url: URL, name: string, value: string): void {
  const pairs = url.search.slice(1).split('&')
  const pair = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
  // A question mark at its beginning would be dropped.
  const isNamed = (text: string) => new URLSearchParams(`&${text}`).has(name)
  const at = pairs.findIndex(isNamed)
  const others = pairs.filter((text) => text !== '' && !isNamed(text))
  if (at === -1) others.push(pair)
  else others.splice(pairs.slice(0, at).filter((text) => text !== '').length, 0, pair)
  url.search = `?${others.join('&')}`
}
