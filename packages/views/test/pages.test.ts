/** Needs the built pages. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PAGE_NAMES, pageForServer, pageWithData } from '../dist/index.js'
import { HOSTILE_TEXTS } from './hostile.ts'

const START = '<script type="application/json" id="data">'

/** What the browser's parser takes for the content of the element: up to the first end of a script. */
function dataIn(html: string): string {
  const from = html.indexOf(START) + START.length
  return html.slice(from, html.indexOf('</script', from))
}

describe('a page with data', () => {
  it('has any data, which cannot end its element', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE_TEXTS))
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(text, tie('node'), { maxKeys: 4 }),
      ),
    })).node
    await fc.assert(
      fc.asyncProperty(value, fc.constantFrom(...PAGE_NAMES), async (data, name) => {
        const json = dataIn(await pageWithData(name, { table: data } as object))
        expect(json).not.toMatch(/[<>&\u2028\u2029]/)
        expect(JSON.stringify(JSON.parse(json).table)).toBe(JSON.stringify(data))
      }),
    )
  })

  it.each(PAGE_NAMES)('%s: allows its own code alone', async (name) => {
    const html = await pageWithData(name, {})
    expect(
      html.match(/<head><meta http-equiv="content-security-policy" content="([^"]+)"/)?.[1],
    ).toMatch(
      /^default-src 'none'; script-src 'sha256-\S+'; style-src '\S+'; base-uri 'none'; form-action 'none'$/,
    )
    const { policy } = await pageForServer(name)
    expect(policy).toContain("; connect-src 'self'; frame-ancestors 'none'")
  })
})
