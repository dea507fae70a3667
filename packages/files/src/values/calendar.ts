/** Whether the calendar has this day, in the years 1 to 9999. */
export function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  return day <= (lengths[month - 1] ?? 0)
}

/** A number with zeros in front. */
export function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0')
}

/** Years of two digits from here on are of the last century: 70 is 1970, 69 is 2069. */
const LAST_CENTURY = 70

/** The year of two digits, as PostgreSQL reads it. */
export function yearOfTwoDigits(digits: number): number {
  return digits < LAST_CENTURY ? 2000 + digits : 1900 + digits
}
