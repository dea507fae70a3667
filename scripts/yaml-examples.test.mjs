/** YAML in pages for readers: it is valid, as a workflow, as chatlayer.yaml, or at least as YAML. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { parseProject } from '../packages/transfer/dist/project/index.js'
import { checkExampleWorkflow } from './github-files.mjs'
import { ROOT } from './workspace.mjs'

const PAGES = [
  'README.md',
  'docs/guides/chatlayer-yaml.md',
  'docs/guides/workers.md',
  ...readdirSync(join(ROOT, 'docs/recipes')).map((name) => `docs/recipes/${name}`),
]

/** A project has one of these sections at its top. */
const PROJECT = /^(?:syncs|on_failure|schema):/m
const ENV = { CLT_WEBHOOK: 'https://example.com' }

const blocks = PAGES.flatMap((page) => {
  const text = readFileSync(join(ROOT, page), 'utf8')
  return Array.from(text.matchAll(/^```ya?ml\n(.*?)^```$/gms), ([, yaml = ''], index) => ({
    name: `${page}, block ${index + 1}`,
    yaml,
  }))
})

describe('YAML of the pages', () => {
  it('is there', () => expect(blocks.length).toBeGreaterThan(5))

  it.each(blocks)('$name', async ({ name, yaml }) => {
    expect(parseDocument(yaml).errors).toEqual([])
    if (/^jobs:/m.test(yaml)) expect(await checkExampleWorkflow(yaml)).toEqual([])
    if (PROJECT.test(yaml)) {
      expect(parseProject(yaml, { file: name, env: ENV })).toHaveProperty('syncs')
    }
  })
})
