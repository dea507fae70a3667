/** A profile: a saved connection, all but its token. Text in, value out; nothing is read or written here. */
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

/** Only what was learned or said of a dialect is kept, so that a better default is not held back. */
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
    token: z.enum(['keychain', 'file']),
    dialect: PartialDialect.optional(),
  })
  .superRefine(({ region, baseUrl }, check) => {
    if ((region === undefined) === (baseUrl === undefined)) {
      check.addIssue({ code: 'custom', message: 'expected either a region or a baseUrl' })
    }
    const wrong = baseUrl === undefined ? undefined : wrongBaseUrl(baseUrl)
    if (wrong !== undefined) {
      check.addIssue({ code: 'custom', path: ['baseUrl'], message: wrong })
    }
  })

type ProfileFile = z.output<typeof ProfileFile>

/** Where a profile's token is. */
export type TokenPlace = ProfileFile['token']

export type Profile = Omit<ProfileFile, 'format'>

/** What is wrong with a base URL; undefined when nothing is. */
export function wrongBaseUrl(baseUrl: string): string | undefined {
  try {
    parseBaseUrl(baseUrl)
    return undefined
  } catch (error) {
    if (error instanceof BaseUrlError) return error.message
    throw error
  }
}

/** The gateway that a region or a base URL means. @throws BaseUrlError */
export function gatewayOf(where: {
  region?: Region | undefined
  baseUrl?: string | undefined
}): Gateway | undefined {
  if (where.baseUrl !== undefined) return parseBaseUrl(where.baseUrl)
  return where.region === undefined ? undefined : regionGateway(where.region)
}

/** Whether a profile can be kept under this name, as it stands. */
export function isProfileName(name: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,62}$/.test(name) && !DEVICE.test(name)
}

/** Names that Windows keeps for devices, whatever stands behind a dot. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)$/

/**
 * The name of a profile as it is kept; letter case does not count. It is also a file's name, and
 * stands before the colon of a table reference.
 *
 * @throws UsageError
 */
export function profileName(written: string): string {
  const name = written.trim().toLowerCase()
  if (isProfileName(name)) return name
  // With a colon or so long it may be a token in the wrong place.
  const shown = /^[^:]{0,40}$/.test(written) ? `"${written}"` : 'that'
  throw new UsageError(
    `${shown} cannot be a profile's name`,
    'A name has letters from a to z, digits, - and _, at most 63 of them, such as prod or shop-test.',
  )
}

/** @throws UsageError naming the file, the place in it and what to do */
export function parseProfile(content: string, file: string, name: string): Profile {
  const hint = `Mend the file, or make the profile anew: clt auth login --profile ${name}`
  const parsed = ProfileFile.safeParse(parseJsonFile(content, file, hint))
  if (parsed.success) {
    const { format: _, ...profile } = parsed.data
    return profile
  }
  const [issue] = parsed.error.issues
  const place = issue?.path.join('.') || 'its top'
  throw new UsageError(`${file} is wrong at ${place}: ${issue?.message ?? 'invalid'}`, hint)
}

export function formatProfile(profile: Profile): string {
  return `${JSON.stringify({ format: 1, ...profile }, undefined, 2)}\n`
}

/** @throws UsageError; nothing of the content is repeated, which may be a secret put in the wrong place */
export function parseJsonFile(content: string, file: string, hint: string): unknown {
  try {
    return JSON.parse(content)
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(message) ?? []
    const end = message.includes('end of JSON') ? ' at its end' : ''
    const place = line === undefined ? end : ` at line ${line}, column ${column}`
    throw new UsageError(`${file} is no JSON${place}`, hint)
  }
}
