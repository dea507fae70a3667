/**
 * What pages weigh, and how fast they are in Chromium: the time from the parsed document, data inside, to
 * the frame that shows the first rows; and scrolling. Next to a page with the same data that draws all
 * rows as a plain table, in turns in the same run. Also the time and the memory of a large file.
 *
 *     npm run bench views -- [--rounds 5]
 *
 * Fails if a page has 100 kB or more, 1,000 rows take more than 100 ms in the fastest round, or scrolling
 * through 50,000 rows shows fewer than 30 frames a second or spends a tenth of its time in long tasks.
 */
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { PAGE_NAMES, type PageName, pageHtml, pageWithData } from '@chatlayer-tables/views'
import { openBrowser, sampleData, serveHtml } from '@chatlayer-tables/views/test-browser'

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })

const MAX_BYTES = 100_000
const MAX_SHOW_MS = 100
const SHOWN = 1_000
const SCROLLED = 50_000
const LARGE = 100_000
const MIN_FRAMES = 30
const MAX_LONG_SHARE = 0.1
const SCROLL_MS = 3_000
/** Pages of rows, which can be many. */
const TIMED = ['records', 'changes'] as const

interface Measured {
  readonly showMs: number
  readonly heapMb: number
  /** Frames a second while it scrolls. */
  readonly frames: number
  /** Of the time, in tasks of more than 50 ms. */
  readonly longShare: number
}

/** Runs before the page's own code. */
const WATCH = `
  document.addEventListener('readystatechange', () => {
    if (document.readyState === 'interactive') window.startedAt = performance.now()
  })
  const look = () => {
    if (document.querySelector('#root')?.innerText.includes('Ghent 1')) {
      requestAnimationFrame(() => setTimeout(() => { window.shownAt = performance.now() }))
    } else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
`

/** Scrolls the largest box in steps of its height, one each frame. */
const SCROLL = `new Promise((resolve) => {
  const boxes = [document.scrollingElement, ...document.querySelectorAll('#root *')]
  const excess = ({ scrollHeight, clientHeight }) => scrollHeight - clientHeight
  const box = boxes.reduce((a, b) => (excess(b) > excess(a) ? b : a))
  let long = 0
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) long += duration
  }).observe({ entryTypes: ['longtask'] })
  const from = performance.now()
  let frames = 0
  const step = () => {
    const time = performance.now() - from
    if (time > ${SCROLL_MS}) return resolve({ frames: (frames / time) * 1000, longShare: long / time })
    frames += 1
    box.scrollTop = (excess(box) * time) / ${SCROLL_MS}
    requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
})`

let isMet = true
await compareSizes()
const browser = await openBrowser()
try {
  await compareShowing()
  await compareScrolling()
  await measureLarge()
} finally {
  await browser.close()
}
if (!isMet) process.exitCode = 1

async function compareSizes(): Promise<void> {
  console.log('bytes of each page without data, and after gzip')
  for (const name of PAGE_NAMES) {
    const html = Buffer.from(await pageHtml(name))
    const zipped = gzipSync(html).length
    console.log(`  ${name.padEnd(10)}${count(html.length)}${count(zipped)}`)
    require(html.length < MAX_BYTES, `${name} below ${MAX_BYTES}`)
  }
}

async function compareShowing(): Promise<void> {
  console.log(
    `${SHOWN} rows, from the document to the frame, ${flags.rounds} rounds, in ms: best, median`,
  )
  const pages = await variants(SHOWN)
  const times = new Map<string, number[]>([...pages.keys()].map((name) => [name, []]))
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const [name, html] of pages) {
      times.get(name)?.push((await measure(html, false)).showMs)
    }
  }
  for (const name of TIMED) {
    const ours = times.get(name) ?? []
    const plain = times.get(`${name}, plain`) ?? []
    for (const [label, own] of [
      [name, ours],
      [`${name}, plain`, plain],
    ] as const) {
      console.log(`  ${label.padEnd(16)}${ms(Math.min(...own))}${ms(median(own))}`)
    }
    console.log(
      `  the plain table takes ${(median(plain) / median(ours)).toFixed(1)} times as long`,
    )
    require(Math.min(...ours) <= MAX_SHOW_MS, `${name} in ${MAX_SHOW_MS} ms`)
  }
}

async function compareScrolling(): Promise<void> {
  console.log(`${SCROLLED} rows: shown in ms, frames a second while scrolling, share of long tasks`)
  for (const [name, html] of await variants(SCROLLED)) {
    const { showMs, frames, longShare } = await measure(html, true)
    const share = `${(100 * longShare).toFixed(1)} %`
    console.log(`  ${name.padEnd(16)}${ms(showMs)}${ms(frames)}${share.padStart(9)}`)
    if (name.endsWith('plain')) continue
    require(frames >= MIN_FRAMES, `${name} with ${MIN_FRAMES} frames a second`)
    require(longShare < MAX_LONG_SHARE, `${name} with few long tasks`)
  }
}

async function measureLarge(): Promise<void> {
  console.log(`a file of ${LARGE} rows: MB, shown in ms, MB of memory, frames a second`)
  for (const name of TIMED) {
    const html = await pageWithData(name, sampleData(name, LARGE))
    const { showMs, heapMb, frames } = await measure(html, true)
    console.log(
      `  ${name.padEnd(16)}${ms(html.length / 1e6)}${ms(showMs)}${ms(heapMb)}${ms(frames)}`,
    )
    require(frames >= MIN_FRAMES, `${name} usable with ${LARGE} rows`)
  }
}

/** Each page, and the plain table with the same data. */
async function variants(rows: number): Promise<Map<string, string>> {
  const pages = new Map<string, string>()
  for (const name of TIMED) {
    const data = sampleData(name, rows)
    pages.set(name, await pageWithData(name, data))
    pages.set(`${name}, plain`, plainPage(name, data))
  }
  return pages
}

/** All rows as a table, before the first frame. */
function plainPage(name: PageName, data: object): string {
  const json = JSON.stringify(data).replaceAll('<', '\\u003c')
  return `<!doctype html><html lang="en"><title>${name}</title><body><main id="root"></main>
    <script type="application/json" id="data">${json}</script>
    <script type="module">
      const { records, changeRows } = JSON.parse(document.querySelector('#data').textContent)
      const table = document.createElement('table')
      for (const row of records?.rows ?? changeRows[0].rows) {
        const line = table.insertRow()
        for (const cell of [row.id, ...(row.cells ?? row.before ?? []), ...(row.after ?? [])]) {
          line.insertCell().textContent = cell?.json ?? cell
        }
      }
      document.querySelector('#root').append(table)
    </script></body></html>`
}

async function measure(html: string, doesScroll: boolean): Promise<Measured> {
  const served = await serveHtml(html)
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } })
  try {
    const page = await context.newPage()
    await page.addInitScript(WATCH)
    await page.goto(served.url, { timeout: 120_000 })
    let showMs: number | null = null
    const until = Date.now() + 60_000
    while (showMs === null) {
      if (Date.now() > until) throw new Error('the page shows no rows')
      showMs = await page.evaluate<number | null>('window.shownAt ? shownAt - startedAt : null')
    }
    const session = await context.newCDPSession(page)
    await session.send('HeapProfiler.collectGarbage')
    const { usedSize } = await session.send('Runtime.getHeapUsage')
    const scrolled = doesScroll
      ? await page.evaluate<{ frames: number; longShare: number }>(SCROLL)
      : { frames: 0, longShare: 0 }
    return { showMs, heapMb: usedSize / 1e6, ...scrolled }
  } finally {
    await context.close()
    await served.close()
  }
}

function require(isTrue: boolean, goal: string): void {
  console.log(`  required: ${goal}: ${isTrue ? 'met' : 'MISSED'}`)
  isMet &&= isTrue
}

function count(value: number): string {
  return value.toLocaleString('en').padStart(10)
}

function ms(value: number): string {
  return value.toFixed(0).padStart(8)
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}
