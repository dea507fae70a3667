import { describe, expect, it } from 'vitest'
import { FIELDS, findMissing, linksOf, pathOfUrl, withLinks, withMetadata } from './metadata.mjs'
import { SAMPLE } from './rehearsal.mjs'

const EMPTY = { repository: '', homepage: '', bugs: '', author: '' }
const FOLDERS = new Set(['packages/core'])
const isFolder = (/** @type {string} */ path) => FOLDERS.has(path)

describe('findMissing', () => {
  it('names every empty field and what is expected there', () => {
    const problems = findMissing(EMPTY)
    expect(problems).toHaveLength(FIELDS.length)
    for (const [name] of FIELDS) expect(problems.join('\n')).toContain(`"${name}" must be `)
    expect(findMissing(SAMPLE)).toEqual([])
  })

  it.each([
    'http://a.example/b',
    'git@a.example:b',
    'https://a.example/b.git',
    'https://a.example/',
    '',
  ])('does not accept "%s" as a repository', (repository) => {
    expect(findMissing({ ...SAMPLE, repository })).toHaveLength(1)
  })
})

describe('withMetadata', () => {
  const manifest = { name: 'x', license: 'MIT', type: 'module', mcpName: 'io.github.someone/x' }

  it('adds the fields after the license', () => {
    const written = withMetadata(manifest, 'packages/x', SAMPLE)
    expect(Object.keys(written)).toEqual([
      'name',
      'license',
      'author',
      'repository',
      'homepage',
      'bugs',
      'type',
      'mcpName',
    ])
    expect(written.mcpName).toBe(manifest.mcpName)
  })

  it('changes nothing the second time, and removes the fields with the values', () => {
    const written = withMetadata(manifest, 'packages/x', SAMPLE)
    expect(withMetadata(written, 'packages/x', SAMPLE)).toEqual(written)
    expect(withMetadata(written, 'packages/x', EMPTY)).toEqual(manifest)
  })

  it('names the MCP server by the owner of a GitHub repository', () => {
    const repository = 'https://github.com/example/tables'
    const { mcpName } = withMetadata(manifest, 'apps/mcp', { ...SAMPLE, repository })
    expect(mcpName).toBe('io.github.example/chatlayer-tables-mcp')
  })
})

describe('withLinks', () => {
  const folder = 'packages/files'
  const { repository, homepage } = SAMPLE
  const before = (/** @type {string} */ target) => `See [\`it\`](${target}), [two\nlines](#here).\n`
  const filledIn = { folder, manifest: withMetadata({ license: 'MIT' }, folder, SAMPLE) }
  const empty = { folder, manifest: { license: 'MIT' } }

  it.each([
    ['../../docs/guides/sql.md', `${homepage}/guides/sql.html`],
    ['../../docs/guides/sql.md#types', `${homepage}/guides/sql.html#types`],
    ['../../docs/reference/cli/README.md#x', `${homepage}/reference/cli/#x`],
    ['../../docs/reference/openapi.json', `${repository}/blob/main/docs/reference/openapi.json`],
    ['../../examples/files.ts', `${repository}/blob/main/examples/files.ts`],
    ['../../apps/cli/README.md#import', `${repository}/blob/main/apps/cli/README.md#import`],
    ['../core', `${repository}/tree/main/packages/core`],
  ])('turns %s into %s, and back', (target, url) => {
    const published = withLinks(before(target), empty, SAMPLE, isFolder)
    expect(published).toBe(before(url))
    expect(withLinks(published, filledIn, SAMPLE, isFolder)).toBe(published)
    expect(withLinks(published, filledIn, EMPTY, isFolder)).toBe(before(target))
    const moved = { ...SAMPLE, homepage: 'https://other.example.com/site' }
    expect(withLinks(published, filledIn, moved, isFolder)).toBe(
      before(url.replace(homepage, moved.homepage)),
    )
    expect(pathOfUrl(url, SAMPLE)?.replace(/#.*/, '')).toBe(
      new URL(target, `https://x/${folder}/`).pathname.slice(1),
    )
  })

  it.each(['https://example.com/x', '#anchor', 'mailto:a@example.com', 'NOTICE', './dist/x'])(
    'leaves %s as it is',
    (target) => {
      expect(withLinks(before(target), empty, SAMPLE, isFolder)).toBe(before(target))
    },
  )

  it('links to pages in the repository when there is no site', () => {
    const project = { ...SAMPLE, homepage: `${repository}#readme` }
    const published = withLinks(before('../../docs/guides/sql.md'), empty, project, isFolder)
    expect(published).toBe(before(`${repository}/blob/main/docs/guides/sql.md`))
  })

  it('finds references, and nothing in code', () => {
    const text = '`[a](b)`\n\n```md\n[c](d)\n```\n\n[e](f) [`g`](h)\n\n[i]: j\n'
    expect(linksOf(text)).toEqual(['f', 'h', 'j'])
  })
})
