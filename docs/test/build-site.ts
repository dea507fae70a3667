import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { DOCS } from '../tools/workspace.ts'

/** Runs as a process of its own, because vitest and VitePress bring different versions of vite. */
export default async function setup(): Promise<void> {
  await promisify(execFile)(process.execPath, ['tools/build.ts'], { cwd: DOCS })
}
