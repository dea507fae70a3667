/** Counts tokens of values that differ from run to run in nothing but ids, times and signatures. */
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'

/** Texts that differ between runs, with a replacement of the same form, so that counts are stable. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, 'f4788c0e-f1b3-47c0-9ce9-0681c59a5733'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-05-01T12:30:00.000Z'],
  [
    /[\da-z]{6,8}\.[\w-]{12}\.[\w-]{12}\.[\w-]{22}/g,
    'tp8g26.6q5DzS9ENqzW.ZXyRtssOfvW3.qOUmwHqzdp2vGZ_M0bOeqi',
  ],
  [/("next_cursor\\?":\\?")[\w-]+/g, '$1WzEsNTAsIktXQk15V01INXFKaFIzRG8iXQ'],
  // The folder of files.
  [/(?:\/[\w.-]+)*\/mcp-\w{6}(?=\/)/g, '/home/ines/tables'],
  [/("(?:change_set|job)\\?":\\?"|"undoes":"|change_set \\?")[\da-z]{8}/g, '$1h7k2mwqp'],
]

export function steadyText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return VARYING.reduce((so, [varying, fixed]) => so.replace(varying, fixed), text)
}

export function tokensOf(value: unknown): number {
  return countTokens(steadyText(value))
}
