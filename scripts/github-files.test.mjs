import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  checkAction,
  checkDependabot,
  checkIssueConfig,
  checkIssueForm,
  checkWorkflow,
} from './github-files.mjs'
import { ROOT, readManifest } from './workspace.mjs'

const GITHUB = join(ROOT, '.github')
const SCRIPTS = Object.keys(readManifest(ROOT).scripts)

/** @param {string} folder */
function filesOf(folder) {
  return readdirSync(join(GITHUB, folder)).map((name) => `${folder}/${name}`)
}

/** @param {string} path below `.github` */
function text(path) {
  return readFileSync(join(GITHUB, path), 'utf8')
}

/** @param {string} folder */
function exists(folder) {
  return existsSync(join(ROOT, folder))
}

describe('the files of this repository', () => {
  it.each(filesOf('workflows'))('%s', async (path) => {
    expect(await checkWorkflow(text(path), SCRIPTS)).toEqual([])
  })

  it.each(filesOf('ISSUE_TEMPLATE').filter((path) => !path.endsWith('config.yml')))(
    '%s',
    (path) => {
      expect(checkIssueForm(text(path))).toEqual([])
    },
  )

  it('the settings of issues and of dependabot', () => {
    expect(checkIssueConfig(text('ISSUE_TEMPLATE/config.yml'))).toEqual([])
    expect(checkDependabot(text('dependabot.yml'), exists)).toEqual([])
  })
})

describe('the action', () => {
  const ACTION = readFileSync(join(ROOT, 'action.yml'), 'utf8')

  it('has no problems', async () => {
    expect(await checkAction(ACTION, exists)).toEqual([])
  })

  it.each([
    [
      'an expression in a script',
      'run: node "',
      `run: echo "\${{ inputs.file }}" "`,
      /an expression in/,
    ],
    ['a script that does not exist', 'run.sh', 'runs.sh', /no file deploy\/github-action\/runs.sh/],
    ['a step without a shell', '      shell: bash\n', '', /shell/],
    ['an action at a tag', /setup-node@.*/, 'setup-node@v7', /must be pinned/],
    [
      'an input that does not exist',
      'inputs.overlay',
      'inputs.overlays',
      /"overlays" is not defined/,
    ],
    [
      'an input that is not used',
      '\ninputs:',
      '\ninputs:\n  x: { description: x, default: "" }',
      /x is not used/,
    ],
    [
      'a secret as an input',
      '\ninputs:',
      '\ninputs:\n  token: { description: x, default: "" }',
      /a secret/,
    ],
    [
      'an output of no step',
      'steps.run.outputs.mode',
      'steps.ran.outputs.mode',
      /"ran" is not defined/,
    ],
    ['an unknown key', 'using: composite', 'using: composite\n  x: y', /x/],
  ])('with %s is reported', async (_, right, wrong, problem) => {
    const problems = await checkAction(ACTION.replace(right, wrong), exists)
    expect(problems.join('\n')).toMatch(problem)
  })
})

const CHECKOUT = 'actions/checkout@0123456789012345678901234567890123456789 # v1.2.3'
const WORKFLOW = `
on: push
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: ${CHECKOUT}
      - run: npm run build
`

describe('a workflow', () => {
  it('may be without problems', async () => {
    expect(await checkWorkflow(WORKFLOW, ['build'])).toEqual([])
  })

  it.each([
    ['no trigger', 'on: push', '', /"on" section is missing/],
    ['an unknown trigger', 'on: push', 'on: pusj', /unknown Webhook event "pusj"/],
    ['an unknown machine', 'ubuntu-24.04', 'ubuntu-2404', /label "ubuntu-2404" is unknown/],
    ['an unknown key', 'timeout-minutes', 'timout-minutes', /unexpected key "timout-minutes"/],
    ['a job that does not exist', 'timeout', 'needs: buid\n    timeout', /needs job "buid"/],
    ['an unknown property', 'npm run build', `x \${{ github.evnt }}`, /"evnt" is not defined/],
    ['an unknown permission', 'contents: read', 'content: read', /unknown permission scope/],
    ['an action at a tag', CHECKOUT, 'actions/checkout@v7', /must be pinned/],
    ['an action without its version', ' # v1.2.3', '', /must be pinned/],
    ['the right to write', 'contents: read', 'contents: write', /must be contents: read/],
    ['no permissions', 'permissions:\n  contents: read', '', /must be contents: read/],
    ['no timeout', 'timeout-minutes: 5', 'name: x', /job test has no timeout-minutes/],
    ['an npm script that does not exist', 'run build', 'run biuld', /no npm script biuld/],
  ])('with %s is reported', async (_, right, wrong, problem) => {
    const problems = await checkWorkflow(WORKFLOW.replace(right, wrong), ['build'])
    expect(problems.join('\n')).toMatch(problem)
  })
})

const FORM = `
name: Bug
description: Something is wrong.
body:
  - type: textarea
    id: steps
    attributes:
      label: Steps
    validations:
      required: true
`

describe('an issue form', () => {
  it('may be without problems', () => {
    expect(checkIssueForm(FORM)).toEqual([])
  })

  it.each([
    ['an unknown type', 'textarea', 'textbox', /body\.0\.type/],
    ['an unknown key', 'validations', 'validation', /body\.0.*validation/],
    ['a key in the wrong place', 'label: Steps', 'label: Steps\n      required: true', /required/],
    ['no label', 'label: Steps', 'description: x', /body\.0\.attributes\.label/],
    ['an id with a space', 'id: steps', 'id: my steps', /body\.0\.id/],
    ['the same id twice', 'body:', `body:${FORM.split('body:')[1]}`, /same id/],
  ])('with %s is reported', (_, right, wrong, problem) => {
    expect(checkIssueForm(FORM.replace(right, wrong)).join('\n')).toMatch(problem)
  })

  it('that asks for nothing is reported', () => {
    const form = 'name: x\ndescription: x\nbody: [{type: markdown, attributes: {value: x}}]'
    expect(checkIssueForm(form).join('\n')).toMatch(/asks for nothing/)
  })
})

const DEPENDABOT = `
version: 2
updates:
  - package-ecosystem: npm
    directory: /
    schedule: { interval: weekly }
`

describe('the settings of dependabot', () => {
  it('may be without problems', () => {
    expect(checkDependabot(DEPENDABOT, exists)).toEqual([])
  })

  it.each([
    ['another version', 'version: 2', 'version: 1', /version/],
    ['an unknown ecosystem', 'npm', 'pnpm', /package-ecosystem/],
    ['an unknown interval', 'weekly', 'biweekly', /interval/],
    ['a folder that does not exist', 'directory: /', 'directory: /nowhere', /no folder nowhere/],
    ['an unknown key', 'directory:', 'folder: /\n    directory:', /updates\.0.*folder/],
  ])('with %s are reported', (_, right, wrong, problem) => {
    expect(checkDependabot(DEPENDABOT.replace(right, wrong), exists).join('\n')).toMatch(problem)
  })
})
