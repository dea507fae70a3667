/** The text of a schedule: five fields of cron, and a time zone. */

interface Field {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly words?: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, words: MONTHS },
  // 7 is Sunday, as 0 is.
  { name: 'day of the week', min: 0, max: 7, words: DAYS },
]

/** Days that the shortest of each month has at most, in a leap year. */
const DAYS_OF_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** @returns what is wrong with a cron text; undefined for a valid one */
export function problemOfCron(text: string): string | undefined {
  const parts = text.trim().split(/\s+/)
  if (parts.length !== FIELDS.length) {
    return 'must have five fields: minute, hour, day of the month, month, day of the week'
  }
  for (const [index, field] of FIELDS.entries()) {
    const items = (parts[index] ?? '').split(',')
    const wrong = items.find((item) => !isItem(item, field))
    if (wrong === undefined) continue
    const range = `${field.min} to ${field.max}`
    return `the ${field.name} "${wrong}" must be *, a number from ${range}, a range or a step`
  }
  const [, , days = '*', months = '*', weekdays = '*'] = parts
  return weekdays === '*' && neverComes(days, months) ? 'that day never comes' : undefined
}

/** @returns what is wrong with a time zone; undefined for a valid one */
export function problemOfTimezone(text: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    // Offsets such as +02:00 have no daylight saving time, and other programs do not know them.
    return /^[A-Za-z]/.test(text) ? undefined : MUST_BE_A_ZONE
  } catch {
    return MUST_BE_A_ZONE
  }
}

const MUST_BE_A_ZONE = 'must be a time zone such as Europe/Brussels'

const ITEM = /^(?:\*|([a-z]+|\d{1,2})(?:-([a-z]+|\d{1,2}))?)(?:\/(\d{1,2}))?$/i

function isItem(item: string, field: Field): boolean {
  const [whole, first, last, step] = ITEM.exec(item) ?? []
  if (whole === undefined || (step !== undefined && Number(step) === 0)) return false
  if (first === undefined) return true
  // A step needs something to step through.
  if (step !== undefined && last === undefined) return false
  const from = numberOf(first, field)
  const to = last === undefined ? from : numberOf(last, field)
  return from !== undefined && to !== undefined && from <= to
}

function numberOf(text: string, { min, max, words }: Field): number | undefined {
  if (/^\d/.test(text)) {
    const value = Number(text)
    return value >= min && value <= max ? value : undefined
  }
  const index = words?.indexOf(text.toLowerCase()) ?? -1
  return index < 0 ? undefined : index + min
}

/** Whether plain numbers name days that none of these months has, such as February 30. */
function neverComes(days: string, months: string): boolean {
  const numbers = days.split(',')
  if (!numbers.every((day) => /^\d+$/.test(day))) return false
  const named = months.split(',').map((month) => numberOf(month, FIELDS[3] as Field))
  if (named.includes(undefined)) return false
  const longest = Math.max(...named.map((month) => DAYS_OF_MONTHS[(month ?? 1) - 1] ?? 31))
  return numbers.every((day) => Number(day) > longest)
}
