/** What PostgreSQL reads as a boolean, in any letter case, without its unfinished words. */
const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  on: true,
  '1': true,
  false: false,
  f: false,
  no: false,
  n: false,
  off: false,
  '0': false,
}

/** The boolean that a word means; undefined when it means none. */
export function readBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase()
  return Object.hasOwn(BOOLEANS, word) ? BOOLEANS[word] : undefined
}
