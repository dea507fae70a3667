/** What the documents list is what there is. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import * as core from '../../src/index.ts'

const ABSTRACT = ['ChatlayerError', 'RefusalError']

test('docs/reference/errors.md lists every error by its code and class', async () => {
  const text = await readFile(
    new URL('../../../../docs/reference/errors.md', import.meta.url),
    'utf8',
  )
  const listed = [...text.matchAll(/^\| `(?<code>[A-Z_]+)` +\| `(?<name>\w+)`/gm)]
  const classes = Object.keys(core).filter((name) => name.endsWith('Error'))
  expect(listed.map((match) => match.groups?.code)).toEqual(core.ERROR_CODES)
  expect(listed.map((match) => match.groups?.name).sort()).toEqual(
    classes.filter((name) => !ABSTRACT.includes(name)).sort(),
  )
})
