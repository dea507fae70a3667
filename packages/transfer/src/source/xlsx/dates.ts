/** Days as spreadsheets count them, and which number formats show a number as one. */

const DAY_MS = 86_400_000
/** Serial 61, 1900-03-01, and all later ones count from here. */
const EPOCH_1900 = Date.UTC(1899, 11, 30)
const EPOCH_1904 = Date.UTC(1904, 0, 1)
/** 9999-12-31, the last day there is. */
const LAST_SERIAL = 2_958_466

/**
 * The instant that a serial number stands for, as if the sheet's clock were UTC; to the millisecond.
 * Undefined for numbers that are no day: negative, beyond the year 9999, or the 29th of February 1900
 * that the 1900 system counts and the calendar lacks.
 */
export function serialToDate(serial: number, epoch1904: boolean): Date | undefined {
  if (!(serial >= 0) || serial >= LAST_SERIAL) return undefined
  if (epoch1904) return new Date(EPOCH_1904 + Math.round(serial * DAY_MS))
  if (serial >= 61) return new Date(EPOCH_1900 + Math.round(serial * DAY_MS))
  if (serial >= 60 || serial < 1) return undefined
  return new Date(EPOCH_1900 + Math.round((serial + 1) * DAY_MS))
}

/** The serial number of an instant in the 1900 system; undefined where that has none for sure. */
export function dateToSerial(date: Date): number | undefined {
  const serial = (date.getTime() - EPOCH_1900) / DAY_MS
  return serial >= 61 && serial < LAST_SERIAL ? serial : undefined
}

/** What a number with some format is: a day (with a time perhaps), a time without a day, or a number. */
export type NumberKind = 'date' | 'time' | 'number'

/**
 * @param id of a format; those below 164 are built in, ECMA-376 part 1, section 18.8.30
 * @param code the format itself, for those that are not
 */
export function numberKind(id: number, code: string | undefined): NumberKind {
  if (code === undefined) return BUILT_IN[id] ?? 'number'
  const [positive = ''] = code
    .replace(/\\.|"[^"]*"|[_*]./g, '')
    .replace(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '')
    .split(';')
  if (/[yd]/i.test(positive)) return 'date'
  // `m` is a minute beside hours or seconds, else a month.
  if (/[hs]/i.test(positive)) return 'time'
  return /m/i.test(positive) ? 'date' : 'number'
}

const BUILT_IN: Readonly<Record<number, NumberKind>> = Object.fromEntries([
  ...[14, 15, 16, 17, 22].map((id) => [id, 'date'] as const),
  ...[18, 19, 20, 21, 45, 46, 47].map((id) => [id, 'time'] as const),
  // Of East Asian programs.
  ...[27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map((id) => [id, 'date'] as const),
  ...[32, 33, 34, 35, 55, 56].map((id) => [id, 'time'] as const),
])
