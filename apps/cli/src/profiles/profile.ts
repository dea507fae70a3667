/** A profile: a saved connection without its token. Parses and formats profiles, without file access. */
import {
  BaseUrlError,
  Dialect,
  type Gateway,
  parseBaseUrl,
  REGION_NAMES,
  type Region,
  regionGateway,
  VERSIONS,
} from '@chatlayer-tables/contract'
import { z } from 'zod'
import { UsageError } from '../failures.ts'

const text = z.string().trim().min(1)

/** Only settings that were probed or set are stored, so that later defaults take effect. */
const PartialDialect = z.record(z.string(), z.unknown()).superRefine((settings, check) => {
  for (const issue of Dialect.safeParse(settings).error?.issues ?? []) {
    check.addIssue({ code: 'custom', message: issue.message, path: issue.path })
  }
})

const ProfileFile = z
  .strictObject({
    format: z.literal(1),
    region: z.enum(REGION_NAMES as [Region, ...Region[]]).optional(),
    baseUrl: text.optional(),
    teamId: text,
    botId: text,
    version: z.enum(VERSIONS).optional(),
    /** Where journal, jobs and locks are: `connection:NAME`, the address of a database, or `local`. */
    state: text.optional(),
    token: z.enum(['keychain', 'file']),
    dialect: PartialDialect.optional(),
  })
  .superRefine(({ region, baseUrl }, check) => {
    if ((region === undefined) === (baseUrl === undefined)) {
      check.addIssue({ code: 'custom', message: 'expected either a region or a baseUrl' })
    }
    const problem = baseUrl === undefined ? undefined : checkBaseUrl(baseUrl)
    if (problem !== undefined) {
      check.addIssue({ code: 'custom', path: ['baseUrl'], message: problem })
    }
  })

type ProfileFile = z.output<typeof ProfileFile>

/** Where the token of a profile is stored. */
export type TokenPlace = ProfileFile['token']

export type Profile = Omit<ProfileFile, 'format'>

/** @returns the problem of a base URL, or undefined */
export function checkBaseUrl(baseUrl: string): string | undefined {
  try {
    parseBaseUrl(baseUrl)
    return undefined
  } catch (error) {
    if (error instanceof BaseUrlError) return error.message
    throw error
  }
}

/** The gateway of a region or a base URL. @throws BaseUrlError */
export function gatewayOf(where: {
  region?: Region | undefined
  baseUrl?: string | undefined
}): Gateway | undefined {
  if (where.baseUrl !== undefined) return parseBaseUrl(where.baseUrl)
  return where.region === undefined ? undefined : regionGateway(where.region)
}

/** Whether this is a valid name of a profile, in lower case. */
export function isProfileName(name: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,62}$/.test(name) && !DEVICE.test(name)
}

/** Names that Windows reserves for devices, with any file ending. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)$/

/**
 * Validates the name of a profile and converts it to lower case. It is also the name of a file, and is
 * written before the colon of a table reference.
 *
 * @param what has the name, in the error
 * @throws UsageError
 */
export function profileName(typed: string, what = 'profile'): string {
  const name = typed.trim().toLowerCase()
  if (isProfileName(name)) return name
  // A long text, or one with a colon, may be a token in the wrong place.
  const shown = /^[^:]{0,40}$/.test(typed) ? ` "${typed}"` : ''
  throw new UsageError(
    `invalid ${what} name${shown}`,
    'Use letters from a to z, digits, - and _, at most 63 characters, such as prod or shop-test.',
  )
}

/** @throws UsageError that names the file and the place in it */
export function parseProfile(content: string, file: string, name: string): Profile {
  const hint = `Fix the file, or create the profile again: clt auth login --profile ${name}`
  const parsed = ProfileFile.safeParse(parseJsonFile(content, file, hint))
  if (parsed.success) {
    const { format: _, ...profile } = parsed.data
    return profile
  }
  const [issue] = parsed.error.issues
  const place = issue?.path.join('.') || 'its top'
  throw new UsageError(`${file} is invalid at ${place}: ${issue?.message ?? 'invalid'}`, hint)
}

export function formatProfile(profile: Profile): string {
  return `${JSON.stringify({ format: 1, ...profile }, undefined, 2)}\n`
}

/** @throws UsageError that does not repeat the content, which may be a secret in the wrong place */
export function parseJsonFile(content: string, file: string, hint: string): unknown {
  try {
    return JSON.parse(content)
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(message) ?? []
    const end = message.includes('end of JSON') ? ' at its end' : ''
    const place = line === undefined ? end : ` at line ${line}, column ${column}`
    throw new UsageError(`${file} is not valid JSON${place}`, hint)
  }
}
