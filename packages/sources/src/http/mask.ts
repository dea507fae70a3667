/** Keeps secrets, and characters that change a terminal, out of what is shown of a response. */
import { printable } from '@chatlayer-tables/files'

export type Mask = (text: string) => string

const MASKED = '[redacted]'
/** A shorter secret would be masked inside ordinary words, which would reveal it. */
const MIN_SECRET = 4
const MAX_EXCERPT = 160

/** A function that masks the secrets, also as they are encoded in a URL, a JSON text or base64. */
export function createMask(secrets: readonly string[]): Mask {
  const forms = [...new Set(secrets.flatMap(partsOf).flatMap(formsOf))]
    .filter((form) => form.length >= MIN_SECRET)
    .sort((a, b) => b.length - a.length)
  return (text) => forms.reduce((safe, form) => safe.replaceAll(form, MASKED), text)
}

/** The value of a header, what follows its scheme, and the user and password of Basic. */
function partsOf(secret: string): string[] {
  const [, scheme, rest] = /^([\w-]+)\s+(\S.*)$/.exec(secret) ?? []
  if (scheme === undefined || rest === undefined) return [secret]
  if (scheme.toLowerCase() !== 'basic') return [secret, rest]
  const credentials = Buffer.from(rest, 'base64').toString()
  return [secret, rest, credentials, credentials.slice(credentials.indexOf(':') + 1)]
}

function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '')
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64]
}

/** The beginning of a text from a server, on one line, for a message. */
export function excerpt(text: string, mask: Mask): string {
  const shown = printable(mask(text).replace(/\s+/gu, ' ').trim())
  return shown.length <= MAX_EXCERPT ? shown : `${shown.slice(0, MAX_EXCERPT - 1)}…`
}
