import { describe, expect, it } from 'vitest'
import type { ChosenProfile, Settings } from './profiles/settings.ts'
import { checkState, chooseState, HIDDEN_STATE, shownState } from './state-setting.ts'

const project = { file: 'chatlayer.yaml', state: 'connection:project' }
const profile = (chosen: ChosenProfile['chosen']) => ({ name: 'prod', chosen }) as ChosenProfile
const ofProfile = { value: 'connection:saved', by: 'profile' }
const ofEnvironment = { value: 'connection:env', by: 'CHATLAYER_STATE' }

describe('the state that is chosen', () => {
  it.each<[string, Partial<Settings>, typeof project | undefined, string | undefined]>([
    ['nothing', {}, undefined, undefined],
    ['a project', {}, project, 'connection:project by state of chatlayer.yaml'],
    ['the environment', { state: ofEnvironment }, project, 'connection:env by CHATLAYER_STATE'],
    [
      'a profile that the command line names',
      { state: ofProfile, profile: profile('flag') },
      project,
      'connection:saved by the profile "prod"',
    ],
    [
      'a project before the current profile',
      { state: ofProfile, profile: profile('current') },
      project,
      'connection:project by state of chatlayer.yaml',
    ],
    [
      'the current profile',
      { state: ofProfile, profile: profile('current') },
      undefined,
      'connection:saved by the profile "prod"',
    ],
    ['this machine', { state: { value: 'local', by: 'CHATLAYER_STATE' } }, project, undefined],
    ['this machine, by a project', {}, { ...project, state: 'local' }, undefined],
  ])('%s', (_, { state, profile }, given, expected) => {
    const chosen = chooseState({ state, profile }, given)
    expect(chosen && `${chosen.value} by ${chosen.by}`).toBe(expected)
  })
})

it.each([
  ['postgres://ann@db.example:5433/tables', true],
  ['postgresql:///tables', true],
  ['connection:team', true],
  ['local', true],
  ['postgres://ann:secret@db.example/tables', false],
  ['postgres://db.example/tables?password=secret', false],
  ['postgres://db.example/x#secret', false],
  ['postgres://secret@word@db.example/x', false],
  ['secret', false],
])('%s is shown: %s', (value, isShown) => {
  expect(shownState(value)).toBe(isShown ? value : HIDDEN_STATE)
})

it.each([
  'connection:team',
  'local',
  'postgres://ann@db.example/tables',
  'postgres:///x?host=/run&user=ann',
])('%s is accepted', async (value) => {
  await expect(checkState({ value, by: 'CHATLAYER_STATE' }, {})).resolves.toBeUndefined()
})

it.each([
  'mysql://ann@db.example/x',
  'connection:team#stores',
  'connection:team/path',
  'postgres://ann@db.example/tables#stores',
  'postgres://ann:secret@db.example/tables',
  'https://secret.example/',
  'sqlite:secret.db',
  'secret',
])('%s is refused, and not repeated', async (value) => {
  const error = await checkState({ value, by: '--state' }, {}).catch((each: unknown) => each)
  expect(error).toMatchObject({ name: 'UsageError' })
  expect(String(error)).toMatch(/--state/)
  expect(JSON.stringify([String(error), (error as { hint?: string }).hint])).not.toContain('secret')
})
