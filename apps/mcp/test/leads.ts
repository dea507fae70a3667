/** Rows of the table `leads` that tests insert and find again. */
import type { Emulator } from '@chatlayer-tables/emulator'

let lastText = 0

/** Messages that no other test has. */
export function messages(count: number): string[] {
  return Array.from({ length: count }, () => `message ${process.pid} ${++lastText}`)
}

export function rowsOf(texts: readonly string[]): { message: string }[] {
  return texts.map((message) => ({ message }))
}

/** Those of the messages that are stored, once for each record. */
export function storedOf(emulator: Emulator, texts: readonly string[]): string[] {
  return emulator.tables
    .records('leads')
    .map(({ values }) => String(values.message))
    .filter((message) => texts.includes(message))
    .sort()
}
