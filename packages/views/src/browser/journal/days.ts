/** Entries of the journal by day, in the reader's time zone. Pure. */
import type { JournalEntry } from '../../protocol/journal.ts'

export interface JournalDay {
  /** Such as `2026-11-29`; empty if the time is not known. */
  readonly day: string
  readonly entries: readonly JournalEntry[]
}

/** Keeps the order of the entries; neighbours of one day are a group. */
export function byDay(entries: readonly JournalEntry[]): JournalDay[] {
  const days: { day: string; entries: JournalEntry[] }[] = []
  for (const entry of entries) {
    const day = localDay(new Date(entry.at))
    const last = days.at(-1)
    if (last?.day === day) last.entries.push(entry)
    else days.push({ day, entries: [entry] })
  }
  return days
}

/** Such as `2026-11-29`. */
export function localDay(at: Date): string {
  if (Number.isNaN(at.getTime())) return ''
  const part = (value: number) => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${part(at.getMonth() + 1)}-${part(at.getDate())}`
}

/** Such as `Today, Sunday 29 November 2026`. */
export function dayTitle(day: string, now: Date): string {
  if (day === '') return 'Time unknown'
  const noon = new Date(`${day}T12:00:00Z`)
  const date = `${WEEKDAY.format(noon)} ${DATE.format(noon)}`
  if (day === localDay(now)) return `Today, ${date}`
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1)
  return day === localDay(yesterday) ? `Yesterday, ${date}` : date
}

// In two parts: browsers differ in whether a comma separates them.
const WEEKDAY = new Intl.DateTimeFormat('en-GB', { weekday: 'long', timeZone: 'UTC' })
const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })

/** Such as `14:05`, in the reader's time zone. */
export function timeText(at: string): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return ''
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }).format(date)
}
