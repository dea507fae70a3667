import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { validateManifest } from '@anthropic-ai/mcpb'
import { describe, expect, it } from 'vitest'
import { listings } from '../listings/listings.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const manifest = JSON.parse(read('package.json'))

describe('the listings', () => {
  it.each([...listings()])(
    '%s is fresh; "npm run listings" in this package writes it',
    (path, text) => {
      expect(read(path)).toBe(text)
    },
  )

  it('name the package, its version and its secret', () => {
    const server = JSON.parse(read('server.json'))
    expect(server).toMatchObject({
      name: manifest.mcpName,
      version: manifest.version,
      packages: [{ identifier: manifest.name, version: manifest.version, registryType: 'npm' }],
    })
    // The registry rejects longer ones.
    expect(server.description.length).toBeLessThanOrEqual(100)
    expect(server.name).toMatch(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/)
    const variables = server.packages[0].environmentVariables
    expect(variables.filter((one: { isSecret?: boolean }) => one.isSecret)).toMatchObject([
      { name: 'CHATLAYER_TOKEN' },
    ])
    const bundle = JSON.parse(read('listings/manifest.json'))
    expect(bundle).toMatchObject({
      manifest_version: '0.3',
      version: manifest.version,
      user_config: { token: { sensitive: true } },
    })
  })

  it('satisfy the tool that packs the bundle', () => {
    const path = fileURLToPath(new URL('../listings/manifest.json', import.meta.url))
    expect(validateManifest(path)).toBe(true)
  })
})
