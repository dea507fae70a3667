/** Writes server.json and the manifest of the bundle anew: `npm run listings` in this package. */
import { writeFileSync } from 'node:fs'
import { listings } from './listings.ts'

for (const [path, text] of listings()) {
  writeFileSync(new URL(`../${path}`, import.meta.url), text)
}
