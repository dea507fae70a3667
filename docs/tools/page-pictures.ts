/** Takes the pictures of pages with sample data, light and dark: part of `npm run site:pictures`. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { pageWithData } from '@chatlayer-tables/views'
import { openPage, sampleData, sharedBrowser } from '@chatlayer-tables/views/test-browser'
import { DOCS } from './workspace.ts'

const MAX_BYTES = 150_000
interface Picture {
  readonly name: 'records' | 'changes' | 'journal' | 'profile'
  readonly count: number
  readonly height: number
  /** Shown when the page has its data. */
  readonly text: string
}

const PICTURES: readonly Picture[] = [
  { name: 'records', count: 200, height: 500, text: 'Ostend 10' },
  { name: 'changes', count: 40, height: 900, text: 'all become Gent' },
  { name: 'journal', count: 12, height: 500, text: 'New opening hours' },
  { name: 'profile', count: 0, height: 560, text: 'employees' },
]

try {
  for (const picture of PICTURES) {
    const html = await pageWithData(picture.name, sampleData(picture.name, picture.count))
    for (const theme of ['light', 'dark'] as const) await take(picture, html, theme)
  }
} finally {
  await (await sharedBrowser()).close()
}

async function take({ name, height, text }: Picture, html: string, theme: 'light' | 'dark') {
  const { page, close } = await openPage(html, { theme, width: 900, height })
  const file = `pictures/page-${name}-${theme}.png`
  const path = join(DOCS, file)
  await page.locator('#root').getByText(text).first().waitFor()
  // Opens the details of a column.
  if (name === 'profile') await page.locator('#root').getByText(text).first().click()
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' })
  await close()
  const { size } = statSync(path)
  console.log(`${file}: ${size} bytes`)
  if (size > MAX_BYTES) throw new Error(`${file} has more than ${MAX_BYTES} bytes`)
}
