import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { nodeTooOld } from './node-version.ts'

test.each(['22.19.0', '22.20.1', '23.0.0', '24.21.0'])('Node %s will do', (version) => {
  expect(nodeTooOld(version)).toBeUndefined()
})

test.each(['18.0.0', '20.20.2', '22.18.9'])('Node %s is reported in one line', (version) => {
  expect(nodeTooOld(version)).toBe(
    `chatlayer-tables-emulator needs Node 22.19 or newer; this is Node ${version}.`,
  )
})

test('the floor is that of the package', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  expect(nodeTooOld(`${engines.node.replace('>=', '')}.0`)).toBeUndefined()
})
