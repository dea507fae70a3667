/** What the documents list is what there is. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import * as core from '../../src/index.ts'
import { MADE } from '../made-errors.ts'

/** Properties of every error, which the page describes above its table. */
const COMMON = ['name', 'code', 'hint', 'situation', 'request', 'executed']

test('docs/reference/errors.md lists every error with its code, class and properties', async () => {
  const text = await readFile(
    new URL('../../../../docs/reference/errors.md', import.meta.url),
    'utf8',
  )
  const rows = [...text.matchAll(/^\| `([A-Z_]+)` .*\|$/gm)].map(([row]) =>
    row.split('|').map((cell) => cell.replaceAll('`', '').trim()),
  )
  const listed = rows.map(([, code, name, , , details = '']) => {
    return { code, name, details: details.split(', ').filter(Boolean).sort() }
  })
  const made = core.ERROR_CODES.map((code) => {
    const error = MADE[code]
    const own = Object.keys(error).filter((name) => !COMMON.includes(name))
    const getters = Object.entries(Object.getOwnPropertyDescriptors(error.constructor.prototype))
      .filter(([, { get }]) => get !== undefined)
      .map(([name]) => name)
    return { code, name: error.name, details: [...own, ...getters].sort() }
  })
  expect(listed).toEqual(made)
  const classes = Object.keys(core).filter((name) => name.endsWith('Error') && /^[A-Z]/.test(name))
  expect(classes.sort()).toEqual(
    ['ChatlayerError', 'RefusalError', ...made.map(({ name }) => name)].sort(),
  )
})
