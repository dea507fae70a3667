/** Takes the pictures of pages with sample data, light and dark: part of `npm run site:pictures`. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { pageWithData } from '@chatlayer-tables/views'
import { openPage, sampleData, sharedBrowser } from '@chatlayer-tables/views/test-browser'
import { DOCS } from './workspace.ts'

const MAX_BYTES = 150_000
const HEIGHT = 520

const PICTURES = [
  ['records', 200],
  ['changes', 40],
  ['journal', 12],
  ['profile', 0],
] as const

try {
  for (const [name, count] of PICTURES) {
    const html = await pageWithData(name, sampleData(name, count))
    for (const theme of ['light', 'dark'] as const) await take(name, html, theme)
  }
} finally {
  await (await sharedBrowser()).close()
}

async function take(name: string, html: string, theme: 'light' | 'dark'): Promise<void> {
  const { page, close } = await openPage(html, { theme, width: 900, height: HEIGHT })
  const file = `pictures/page-${name}-${theme}.png`
  const path = join(DOCS, file)
  await page.getByText('stores').first().waitFor()
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' })
  await close()
  const { size } = statSync(path)
  console.log(`${file}: ${size} bytes`)
  if (size > MAX_BYTES) throw new Error(`${file} has more than ${MAX_BYTES} bytes`)
}
