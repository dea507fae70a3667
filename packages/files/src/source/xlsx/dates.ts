/** Days and times as spreadsheets count them. */

const DAY_MS = 86_400_000
/** Serial 61, 1900-03-01, and all later ones count from here. */
const EPOCH_1900 = Date.UTC(1899, 11, 30)
const EPOCH_1904 = Date.UTC(1904, 0, 1)
/** 9999-12-31, the last day there is. */
const LAST_SERIAL = 2_958_466

/**
 * The instant of a serial number, as if the sheet's clock were UTC; to the millisecond.
 * Undefined for numbers that are not a day: negative, beyond the year 9999, or the 29th of February
 * 1900 that the 1900 system counts and the calendar does not have.
 */
export function serialToDate(serial: number, epoch1904: boolean): Date | undefined {
  if (!(serial >= 0) || serial >= LAST_SERIAL) return undefined
  if (epoch1904) return new Date(EPOCH_1904 + Math.round(serial * DAY_MS))
  if (serial >= 61) return new Date(EPOCH_1900 + Math.round(serial * DAY_MS))
  if (serial >= 60 || serial < 1) return undefined
  return new Date(EPOCH_1900 + Math.round((serial + 1) * DAY_MS))
}

/** The serial number of an instant in the 1900 system; undefined when that is not certain. */
export function dateToSerial(date: Date): number | undefined {
  const serial = (date.getTime() - EPOCH_1900) / DAY_MS
  return serial >= 61 && serial < LAST_SERIAL ? serial : undefined
}

/** The time of day of a serial number: `09:00`, with seconds only where there are some. */
export function timeOfDay(serial: number): string | undefined {
  if (!(serial >= 0) || serial >= LAST_SERIAL) return undefined
  const ms = Math.round((serial % 1) * DAY_MS) % DAY_MS
  const [time = '', fraction = ''] = new Date(ms).toISOString().slice(11, -1).split('.')
  if (fraction !== '000') return `${time}.${fraction}`
  return time.endsWith(':00') ? time.slice(0, 5) : time
}

/** A date, a time or both in ISO 8601, as cells of type `d` hold them. */
export function readIsoDate(text: string): Date | { readonly time: string } | undefined {
  const time = /^T?([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?Z?$/.exec(text)
  if (time !== null) {
    const [, hours, minutes, seconds = '00'] = time
    return { time: `${hours}:${minutes}${seconds === '00' ? '' : `:${seconds}`}` }
  }
  const parts = ISO_DATE.exec(text)
  if (parts === null) return undefined
  const [, day = '', clock = '00:00', seconds = '00', fraction = '', zone = 'Z'] = parts
  // A Date has milliseconds; cutting off what is beyond them would not show.
  if (/[1-9]/.test(fraction.slice(3))) return undefined
  const date = new Date(`${day}T${clock}:${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${zone}`)
  return Number.isNaN(date.getTime()) || !isDay(day) ? undefined : date
}

const ISO_DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?$/

/** Date takes the 30th of February for the 1st or 2nd of March. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}
