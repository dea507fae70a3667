/** Chromium with the libraries and fonts that its npm package brings, or one of this machine. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Browser, type LaunchOptions, chromium as playwright } from 'playwright-core'

const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const PACKAGE = import.meta.resolve('@sparticuz/chromium')
const PACKED = fileURLToPath(new URL('../bin', PACKAGE))

/** The package's binary is for Linux on x64; elsewhere `CHROMIUM` names one. */
export const hasBrowser =
  process.env.CHROMIUM !== undefined || (process.platform === 'linux' && process.arch === 'x64')

export async function openBrowser(): Promise<Browser> {
  const { CHROMIUM: named } = process.env
  if (named !== undefined) return playwright.launch({ executablePath: named, args: ARGS })
  const failures: unknown[] = []
  for (const options of [packedOptions, ...SYSTEM_NAMES.map(systemOptions)]) {
    try {
      return await playwright.launch(await options())
    } catch (error) {
      failures.push(error)
    }
  }
  throw new AggregateError(
    failures,
    'Chromium does not start: neither the one of @sparticuz/chromium nor one of this machine. ' +
      'Set CHROMIUM to the path of a binary.',
  )
}

async function packedOptions(): Promise<LaunchOptions> {
  const folder = await unpack()
  const { CHROMIUM: _, ...env } = process.env
  return {
    executablePath: join(folder, 'chromium'),
    args: ['--headless=shell', ...ARGS],
    env: {
      ...env,
      LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  }
}

function systemOptions(name: string): () => Promise<LaunchOptions> {
  return async () => {
    const folders = (process.env.PATH ?? '').split(':')
    const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
    if (found === undefined) throw new Error(`${name} is not in PATH`)
    return { executablePath: found, args: ARGS }
  }
}

const UNPACK = `
  import { join } from 'node:path'
  const { default: chromium, inflate } = await import(process.argv[1])
  await chromium.executablePath(process.argv[2])
  await inflate(join(process.argv[2], 'al2023.tar.br'))
`

/** Unpacked by another process to a folder of its own, and then renamed: workers may do so at once. */
async function unpack(): Promise<string> {
  const version = /chromium@([\d.]+)/.exec(PACKAGE)?.[1] ?? 'packed'
  const folder = join(tmpdir(), `chatlayer-tables-chromium-${version}`)
  if (existsSync(folder)) return folder
  const own = await mkdtemp(`${folder}-`)
  await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', UNPACK, '--', PACKAGE, PACKED],
    { env: { ...process.env, TMPDIR: own } },
  )
  await writeFile(
    join(own, 'fonts.conf'),
    `<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/cache</cachedir></fontconfig>`,
  )
  try {
    await rename(own, folder)
  } catch {
    await rm(own, { recursive: true, force: true })
  }
  return folder
}
