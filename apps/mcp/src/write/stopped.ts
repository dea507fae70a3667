import type { JobStop } from '@chatlayer-tables/transfer'
import { messageOf } from '../call/errors.ts'

/** Why a job stopped before its end, as the end of a sentence. Hides paths of this server from the caller. */
export function stopText(error: JobStop['error']): string {
  if (error === undefined) return '.'
  return error.code === 'STORAGE'
    ? ': this server cannot write its own files; the disk may be full.'
    : `: ${messageOf(error)}`
}

/** How to continue a job. */
export function resumeText(job: string): string {
  return `The operator can resume it: "clt jobs resume ${job}".`
}
