/** What a registry shows of a package beyond its own manifest: the rules, without I/O. */
import { posix } from 'node:path'

/**
 * @typedef {{ repository: string, homepage: string, bugs: string, author: string }} Project
 *   `project.json` at the root, which the owner fills in; empty where that has not happened yet
 */

/** Each field of `project.json`, and what is expected there. @type {[keyof Project, string][]} */
export const FIELDS = [
  ['repository', 'the https URL of the repository, without ".git"'],
  ['homepage', 'the https URL of the documentation site, or of the repository'],
  ['bugs', 'the https URL where problems are reported'],
  ['author', 'a name, or "Name <mail> (URL)"'],
]

/** The file in which code reads core's version. */
export const VERSION_FILE = 'packages/core/src/send/version.ts'

/**
 * The fields that are empty or invalid, each with what is expected.
 *
 * @param {Project} project
 */
export function findMissing(project) {
  return FIELDS.filter(([name]) => {
    const value = project[name] ?? ''
    if (name === 'author') return value.trim() === ''
    return !/^https:\/\/[^/\s]+(?:\/\S*)?$/.test(value) || /(?:\/|\.git)$/.test(value)
  }).map(([name, expected]) => `project.json: "${name}" must be ${expected}`)
}

/**
 * A manifest with the fields that come from `project.json`; without them while the file is not filled in.
 *
 * @param {Record<string, any>} manifest
 * @param {string} folder relative to the root
 * @param {Project} project
 */
export function withMetadata(manifest, folder, project) {
  const { author: _1, repository: _2, homepage: _3, bugs: _4, ...own } = manifest
  if (findMissing(project).length > 0) return own
  const { repository, homepage, bugs, author } = project
  const added = {
    author,
    repository: { type: 'git', url: `git+${repository}.git`, directory: folder },
    homepage,
    bugs: { url: bugs },
  }
  const owner = /^https:\/\/github\.com\/([^/]+)\//.exec(repository)?.[1]
  const entries = Object.entries(own).flatMap(([key, value]) => {
    // The MCP registry gives a name to the owner of the GitHub account in it.
    if (key === 'mcpName' && owner) return [[key, `io.github.${owner}/chatlayer-tables-mcp`]]
    return key === 'license' ? [[key, value], ...Object.entries(added)] : [[key, value]]
  })
  return Object.fromEntries(entries)
}

/**
 * A package's README with links that work on a registry's page: links to files outside of the package
 * become URLs. They are relative again when `project.json` is not filled in.
 *
 * @param {string} text
 * @param {{ folder: string, manifest: Record<string, any> }} of the manifest still has the former URLs
 * @param {Project} project
 * @param {(path: string) => boolean} isFolder whether a path in the repository is a folder
 */
export function withLinks(text, { folder, manifest }, project, isFolder) {
  const former = formerUrls(manifest)
  const filledIn = findMissing(project).length === 0
  return mapLinks(text, (target) => {
    const path = former ? pathOfUrl(target, former) : undefined
    const relative = path === undefined ? target : posix.relative(folder, path)
    if (!filledIn || !isRelative(relative)) return relative
    const [, file = '', anchor = ''] = /^([^#]*)(.*)$/.exec(relative) ?? []
    const inRepository = posix.join(folder, file)
    if (inRepository === folder || inRepository.startsWith(`${folder}/`)) return relative
    return urlOfPath(inRepository, project, isFolder) + anchor
  })
}

/** The targets of all links of a page. @param {string} text */
export function linksOf(text) {
  /** @type {string[]} */
  const found = []
  mapLinks(text, (target) => {
    found.push(target)
    return target
  })
  return found
}

/** @param {string} target of a link */
export function isRelative(target) {
  return !/^(?:[a-z][a-z+.-]*:|\/\/|#)/i.test(target)
}

/**
 * The file that a URL of the site or of the repository stands for, with its anchor.
 *
 * @param {string} url
 * @param {Pick<Project, 'repository' | 'homepage'>} project
 */
export function pathOfUrl(url, { repository, homepage }) {
  if (url.startsWith(`${repository}/`)) {
    return /^(?:blob|tree)\/main\/(.+)$/.exec(url.slice(repository.length + 1))?.[1]
  }
  if (!url.startsWith(`${homepage}/`)) return undefined
  const page = /^([^#]+?)(\/|\.html)(#.*)?$/.exec(url.slice(homepage.length + 1))
  if (!page) return undefined
  const [, name, end, anchor = ''] = page
  return `docs/${name}${end === '/' ? '/README' : ''}.md${anchor}`
}

/**
 * @param {string} path
 * @param {Project} project
 * @param {(path: string) => boolean} isFolder
 */
function urlOfPath(path, { repository, homepage }, isFolder) {
  const page = /^docs\/(.+)\.md$/.exec(path)?.[1]
  const hasSite = !homepage.startsWith(repository)
  if (page !== undefined && hasSite) {
    // The README of a folder is the index of the folder on the site.
    return `${homepage}/${page}.html`.replace(/\/README\.html$/, '/')
  }
  return `${repository}/${isFolder(path) ? 'tree' : 'blob'}/main/${path}`
}

/** @param {Record<string, any>} manifest */
function formerUrls({ repository, homepage }) {
  const url = /^git\+(.+)\.git$/.exec(repository?.url ?? '')?.[1]
  return url === undefined ? undefined : { repository: url, homepage }
}

/**
 * Replaces the targets of a page's links. Code is left as it is.
 *
 * @param {string} text
 * @param {(target: string) => string} change
 */
function mapLinks(text, change) {
  return text.replace(
    /^```.*?^```|`[^`\n]*`(?!\])|(\]\()([^()\s]+)(\))|^(\[[^\]\n]+\]: )(\S+)/gms,
    (all, open, target, close, label, reference) => {
      if (target !== undefined) return `${open}${change(target)}${close}`
      return reference === undefined ? all : `${label}${change(reference)}`
    },
  )
}
