/** Writes server.json, the bundle's manifest and the README's table: `npm run listings` in this package. */
import { writeFileSync } from 'node:fs'
import { listings } from './listings.ts'

for (const [path, text] of listings()) {
  writeFileSync(new URL(`../${path}`, import.meta.url), text)
}
