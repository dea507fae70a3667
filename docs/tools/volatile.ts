/** What differs from run to run: ids of records, change sets, jobs and bots; times; ports. */
const VOLATILE =
  /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}|(?<=(?:undo|--job|job|of) )[a-z\d]{8}(?![\w-])|\d+\.\d s\b|\b127\.0\.0\.1:\d+|\b[\da-f]{24}\b/g

export function maskVolatile(text: string): string {
  return text.replace(VOLATILE, '…')
}

export function listVolatile(text: string): string[] {
  return [...text.matchAll(VOLATILE)].map(([found]) => found)
}

/** With others of the same form, which are the same in each run. */
export function replaceVolatile(text: string): string {
  const found = [...new Set(listVolatile(text))]
  return text.replace(VOLATILE, (one) => standIn(one, found.indexOf(one) + 1))
}

/** Digits and letters follow from the position; signs, and words such as `s`, stay. */
function standIn(one: string, position: number): string {
  if (/ s$/.test(one)) return '0.2 s'
  let state = position * 2_654_435_761
  return one.replace(/[\da-z]/g, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return '0123456789abcdef'[Math.floor(state / 65_536) % 16] ?? '0'
  })
}
