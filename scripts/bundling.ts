/** Rolldown plugins of the bundled programs; see docs/decisions/0028-bundled-programs.md. */
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import type { Plugin } from 'rolldown'

const FILE = 'THIRD-PARTY-LICENSES'
const RULE = `\n${'-'.repeat(72)}\n\n`

/**
 * A rolldown plugin that writes the file `THIRD-PARTY-LICENSES` next to the bundle, from the modules
 * in it. It fails the build when a package has no licence file.
 */
export function thirdPartyLicences(): Plugin {
  return {
    name: 'third-party-licences',
    generateBundle(_, bundle) {
      const ids = Object.values(bundle).flatMap((file) =>
        file.type === 'chunk' ? Object.keys(file.modules) : [],
      )
      this.emitFile({ type: 'asset', fileName: FILE, source: licencesOf(ids) })
    },
  }
}

/**
 * A rolldown plugin that reads the source maps of our packages, so that those of the bundle refer to
 * their source.
 */
export function packageMaps(): Plugin {
  return {
    name: 'package-maps',
    load(id) {
      if (!/\/packages\/\w+\/dist\/.*\.js$/.test(id)) return null
      const map = readFileSync(`${id}.map`, 'utf8')
      return { code: readFileSync(id, 'utf8'), map }
    },
  }
}

/**
 * A rolldown plugin that fails the build unless the packages outside the bundle are the dependencies of
 * the package in the current folder.
 */
export function onlyDependenciesOutside(): Plugin {
  return {
    name: 'only-dependencies-outside',
    generateBundle(_, bundle) {
      const files = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? [file] : []))
      const imported = files.flatMap(({ imports, dynamicImports }) => [
        ...imports,
        ...dynamicImports,
      ])
      const outside = [...new Set(imported)]
        .filter((id) => !(id in bundle) && !isBuiltin(id))
        .sort()
      const declared = Object.keys(readManifest(process.cwd())?.dependencies ?? {}).sort()
      if (outside.join() === declared.join()) return
      this.error(
        `the bundle imports ${outside.join(', ')}, the dependencies are ${declared.join(', ')}`,
      )
    },
  }
}

/** A rolldown plugin that adds the built pages of `packages/views` in `html`, where their code reads them. */
export function viewPages(): Plugin {
  const folder = join(import.meta.dirname, '../packages/views/dist/html')
  return {
    name: 'view-pages',
    generateBundle() {
      for (const name of readdirSync(folder)) {
        const source = readFileSync(join(folder, name))
        this.emitFile({ type: 'asset', fileName: `html/${name}`, source })
      }
    },
  }
}

/** @param ids of modules */
function licencesOf(ids: readonly string[]): string {
  const texts = new Map<string, string>()
  for (const folder of new Set(ids.flatMap((id) => packageFolder(id) ?? []))) {
    const { name, version } = readManifest(folder) ?? {}
    // The same version may be installed twice, for different peers.
    texts.set(`${name} ${version}`, readLicence(folder))
  }
  const names = [...texts.keys()].sort()
  return names.map((name) => `${name}\n\n${texts.get(name)}\n`).join(RULE)
}

/** @param folder of a package */
function readLicence(folder: string): string {
  const names = readdirSync(folder)
  const files = names.filter((name) => /^(?:licen[cs]e|copying|notice)\b/i.test(name)).sort()
  const texts = files.map((name) => readFileSync(join(folder, name), 'utf8').trim())
  if (texts.length > 0) return texts.join('\n\n')
  // Some packages have it in their README alone.
  const readme = names.find((name) => /^readme\b/i.test(name))
  const text = readme && readFileSync(join(folder, readme), 'utf8')
  const [, licence] = /^#+ *licen[cs]e *\n([^#]*permission[^#]*)/im.exec(text ?? '') ?? []
  if (licence === undefined) throw new Error(`${folder} has no licence`)
  return licence.trim()
}

/** The folder of the package that a module is from; none for our own modules. */
function packageFolder(id: string): string | undefined {
  if (!id.includes('node_modules')) return undefined
  let folder = dirname(id.replace(/^\0/, ''))
  // Some packages hold further manifests, which only set the kind of modules.
  while (readManifest(folder)?.version === undefined) {
    if (folder === dirname(folder)) throw new Error(`${id} belongs to no package`)
    folder = dirname(folder)
  }
  return folder
}

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  } catch {
    return undefined
  }
}
