/** The manifests of `deploy/kubernetes`: against the schemas of Kubernetes, and against our programs. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { validate } from 'dockerfile-utils'
import { Deployment } from 'kubernetes-models/apps/v1'
import { Job } from 'kubernetes-models/batch/v1'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { ConfigMap, Namespace, Service } from 'kubernetes-models/v1'
import { afterAll, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { ROOT } from './workspace.mjs'

const FOLDER = join(ROOT, 'deploy/kubernetes')
const KUSTOMIZATION = 'kustomization.yaml'

/** The models of all kinds that we use, with the module that has their types. */
const MODELS = {
  'v1 ConfigMap': { model: ConfigMap, types: 'v1' },
  'v1 Namespace': { model: Namespace, types: 'v1' },
  'v1 Service': { model: Service, types: 'v1' },
  'apps/v1 Deployment': { model: Deployment, types: 'apps/v1' },
  'batch/v1 Job': { model: Job, types: 'batch/v1' },
  'networking.k8s.io/v1 NetworkPolicy': { model: NetworkPolicy, types: 'networking.k8s.io/v1' },
  'policy/v1 PodDisruptionBudget': { model: PodDisruptionBudget, types: 'policy/v1' },
}

/** @typedef {Record<string, any> & { apiVersion: string, kind: string }} Resource */

/** @type {{ file: string, name: string, resource: Resource }[]} */
const RESOURCES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml') && file !== KUSTOMIZATION)
  .flatMap((file) =>
    parseAllDocuments(textOf(file), { merge: true }).map((document) => {
      const resource = document.toJS()
      return { file, name: `${resource.kind} ${resource.metadata.name}`, resource }
    }),
  )

/** @type {{ name: string, pod: Record<string, any> }[]} */
const PODS = RESOURCES.flatMap(({ name, resource }) => {
  const pod = resource.spec?.template?.spec
  return pod === undefined ? [] : [{ name, pod }]
})

const TYPES_FOLDER = join(ROOT, 'test-results/kubernetes')

afterAll(() => rmSync(TYPES_FOLDER, { recursive: true, force: true }))

describe('the schema of Kubernetes', () => {
  it.each(RESOURCES)('holds for $name', ({ resource }) => {
    expect(problemOf(resource)).toBeUndefined()
  })

  it('knows every field', () => {
    expect(typeProblems(RESOURCES.map(({ resource }) => resource))).toBe('')
  }, 120_000)

  it('rejects a wrong type, a missing field and a misspelt one', () => {
    const worker = RESOURCES.find(({ name }) => name === 'Deployment chatlayer-tables-worker')
    if (worker === undefined) throw new Error('no worker')
    const changed = (/** @type {(copy: Resource) => void} */ change) => {
      const copy = structuredClone(worker.resource)
      change(copy)
      return copy
    }
    expect(
      problemOf(
        changed(({ spec }) => {
          spec.replicas = 'two'
        }),
      ),
    ).toMatch(/replicas must be integer/)
    expect(
      problemOf(
        changed(({ spec }) => {
          delete spec.selector
        }),
      ),
    ).toMatch(/selector/)
    const misspelt = changed(({ spec }) => {
      spec.template.spec.containers[0].readynessProbe = {}
    })
    expect(typeProblems([misspelt])).toMatch(/readynessProbe/)
  }, 120_000)
})

describe('kustomization.yaml', () => {
  const { resources, images } = parse(textOf(KUSTOMIZATION))

  it('names every file', () => {
    const files = new Set(RESOURCES.map(({ file }) => file))
    expect([...resources].sort()).toEqual([...files].sort())
  })

  it('names every image, which a Dockerfile builds', () => {
    const used = new Set(PODS.flatMap(({ pod }) => containersOf(pod)).map(({ image }) => image))
    expect(images.map((/** @type {any} */ { name }) => name).sort()).toEqual([...used].sort())
    const built = ['deploy/mcp/Dockerfile', 'deploy/clt/Dockerfile'].map(
      (path) => /-t (\S+) \./.exec(readFileSync(join(ROOT, path), 'utf8'))?.[1],
    )
    expect(built.sort()).toEqual([...used].sort())
  })
})

describe('the Dockerfile of clt', () => {
  const text = readFileSync(join(ROOT, 'deploy/clt/Dockerfile'), 'utf8')

  it('is valid', () => {
    expect(validate(text)).toEqual([])
  })

  it('has the bases of the server, which its own tests check', () => {
    const server = readFileSync(join(ROOT, 'deploy/mcp/Dockerfile'), 'utf8')
    const bases = (/** @type {string} */ file) => file.match(/^FROM .*$/gm)
    expect(bases(text)).toEqual(bases(server))
  })
})

describe('the pods', () => {
  it.each(PODS)('of $name have no more rights than they need', ({ pod }) => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    })
    for (const { securityContext } of containersOf(pod)) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    }
  })

  it.each(PODS)(
    'of $name mount volumes that are there, and are probed at their ports',
    ({ pod }) => {
      const volumes = pod.volumes.map((/** @type {any} */ { name }) => name)
      const mounted = containersOf(pod).flatMap(({ volumeMounts }) => volumeMounts)
      expect([...new Set(mounted.map(({ name }) => name))].sort()).toEqual(volumes.sort())
      for (const { ports = [], readinessProbe, livenessProbe } of pod.containers) {
        for (const probe of [readinessProbe, livenessProbe]) {
          if (probe === undefined) continue
          const { port } = probe.httpGet ?? probe.tcpSocket
          expect(ports.map((/** @type {any} */ { name }) => name)).toContain(port)
        }
      }
    },
  )

  it('start our programs with options that they have', () => {
    const [mcp, worker, migrate] = ['chatlayer-tables-mcp', 'worker', 'migrate'].map((name) =>
      PODS.flatMap(({ pod }) => pod.containers).find(
        (/** @type {any} */ container) => container.image === name || container.name === name,
      ),
    )
    expect(missingOptions('apps/mcp', [], mcp.args)).toEqual([])
    expect(missingOptions('apps/cli', ['worker'], worker.args)).toEqual([])
    expect(missingOptions('apps/cli', ['state', 'migrate'], migrate.args)).toEqual([])
  })

  it('use secrets that the guide tells how to make', () => {
    const guide = readFileSync(join(ROOT, 'docs/guides/kubernetes.md'), 'utf8')
    const secrets = PODS.flatMap(({ pod }) => [
      ...containersOf(pod).flatMap(({ envFrom = [] }) =>
        envFrom.flatMap((/** @type {any} */ { secretRef }) => secretRef?.name ?? []),
      ),
      ...pod.volumes.flatMap((/** @type {any} */ { secret }) => secret?.secretName ?? []),
    ])
    for (const name of new Set(secrets)) {
      expect(guide).toMatch(new RegExp(`create secret generic ${name}\\s`))
    }
  })
})

/** @param {string} file */
function textOf(file) {
  return readFileSync(join(FOLDER, file), 'utf8')
}

/** @param {Record<string, any>} pod @returns {Record<string, any>[]} */
function containersOf({ containers, initContainers = [] }) {
  return [...initContainers, ...containers]
}

/** @param {Resource} resource */
function modelOf({ apiVersion, kind }) {
  const found = /** @type {Record<string, any>} */ (MODELS)[`${apiVersion} ${kind}`]
  if (found === undefined) throw new Error(`no model for ${apiVersion} ${kind}`)
  return found
}

/** @param {Resource} resource @returns {string | undefined} */
function problemOf(resource) {
  try {
    ;new (modelOf(resource).model)(resource).validate()
    return undefined
  } catch (error) {
    return String(error)
  }
}

/**
 * What the compiler says: the schemas accept any further field, the types do not.
 *
 * @param {readonly Resource[]} resources
 */
function typeProblems(resources) {
  const source = resources.map((resource, at) => {
    const type = `import('kubernetes-models/${modelOf(resource).types}').I${resource.kind}`
    return `export const r${at}: ${type} = ${JSON.stringify(resource, null, 2)}\n`
  })
  mkdirSync(TYPES_FOLDER, { recursive: true })
  const path = join(TYPES_FOLDER, 'resources.ts')
  writeFileSync(path, source.join('\n'))
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const flags = ['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig']
  const modules = ['--module', 'nodenext', '--target', 'esnext']
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, ...flags, ...modules, path], {
    encoding: 'utf8',
  })
  return stdout + stderr
}

/**
 * @param {string} folder of the program
 * @param {readonly string[]} command
 * @param {readonly string[]} args
 */
function missingOptions(folder, command, args) {
  const bin = join(ROOT, folder, 'dist/bin.js')
  const { stdout, status } = spawnSync(process.execPath, [bin, ...command, '--help'], {
    encoding: 'utf8',
  })
  expect(status).toBe(0)
  const help = new Set(stdout.match(/--[a-z-]+/g))
  return args.filter((arg) => arg.startsWith('--') && !help.has(arg))
}
