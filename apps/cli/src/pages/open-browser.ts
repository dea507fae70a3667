/** Opens a URL with a secret in the user's browser. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

type Env = Readonly<Record<string, string | undefined>>

export interface OpenedBrowser {
  /** Whether a browser was started; it may still not show the page. */
  readonly isStarted: boolean
  /** Removes the file with the URL. Call once the page is open. */
  remove(): Promise<void>
}

/**
 * Other users see the arguments of every process, so the browser gets a file that only this user can
 * read, whose script goes to the URL.
 */
export async function openInBrowser(
  url: string,
  env: Env,
  platform: NodeJS.Platform = process.platform,
): Promise<OpenedBrowser> {
  const command = browserCommand(env, platform)
  if (command === undefined) return { isStarted: false, remove: async () => undefined }
  const folder = await mkdtemp(join(tmpdir(), 'clt-open-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const file = join(folder, 'open.html')
    await writeFile(file, redirect(url), { mode: 0o600, flag: 'wx' })
    const isStarted = await start(command, pathToFileURL(file).href, env)
    if (!isStarted) await remove()
    return { isStarted, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Opens a file, such as a page with data inside. @returns whether a browser was started */
export async function openFileInBrowser(
  path: string,
  env: Env,
  platform: NodeJS.Platform = process.platform,
): Promise<boolean> {
  const command = browserCommand(env, platform)
  return command !== undefined && (await start(command, pathToFileURL(path).href, env))
}

function redirect(url: string): string {
  const target = JSON.stringify(url).replaceAll('<', '\\u003c')
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<title>Tables</title>
<script>location.replace(${target})</script>
`
}

/** @returns undefined if there is no browser to start */
export function browserCommand(
  { BROWSER, DISPLAY, WAYLAND_DISPLAY }: Env,
  platform: NodeJS.Platform,
): readonly [string, ...string[]] | undefined {
  // On Windows, a colon is part of a path.
  const own = platform === 'win32' ? BROWSER : BROWSER?.split(':')[0]
  const [program, ...args] = own?.trim().split(/\s+/) ?? []
  if (program !== undefined && program !== '') return [program, ...args]
  if (platform === 'darwin') return ['open']
  // `start` is a command of the shell; this program opens a file by its type as well.
  if (platform === 'win32') return ['explorer.exe']
  return DISPLAY || WAYLAND_DISPLAY ? ['xdg-open'] : undefined
}

/** Starts a program without a shell; it runs on when this one ends. */
async function start(
  [program, ...args]: readonly [string, ...string[]],
  url: string,
  env: Env,
): Promise<boolean> {
  const isPlaced = args.some((each) => each.includes('%s'))
  const placed = isPlaced ? args.map((each) => each.replaceAll('%s', () => url)) : [...args, url]
  const { CHATLAYER_TOKEN: _, ...rest } = env
  const child = spawn(program, placed, { detached: true, stdio: 'ignore', env: rest })
  child.unref()
  try {
    await once(child, 'spawn')
    child.on('error', () => undefined)
    return true
  } catch {
    return false
  }
}
