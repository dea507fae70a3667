/** A saved profile, or the problem with its file. */
import { UsageError } from '../../failures.ts'
import type { Profile } from '../../profiles/profile.ts'
import type { Profiles } from '../../profiles/profiles.ts'

export interface Entry {
  readonly name: string
  readonly profile?: Profile
  readonly problem?: UsageError
}

export async function readEntry(profiles: Profiles, name: string): Promise<Entry> {
  try {
    return { name, profile: await profiles.read(name) }
  } catch (problem) {
    if (problem instanceof UsageError) return { name, problem }
    throw problem
  }
}
