/** The API report in `etc/` is what reviewers see of a change of the public face. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

/** Written by the build. */
const REPORT = new URL('../../dist/core.api.md', import.meta.url)

test('the public API is the one in etc/core.api.md (`npm run api` accepts a change)', async () => {
  const report = await readFile(REPORT, 'utf8')
  await expect(report).toMatchFileSnapshot('../../etc/core.api.md')
})
