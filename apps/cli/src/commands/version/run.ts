import { configFolder, homeFolder, userStateFolder } from '@chatlayer-tables/local'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { OWN_BIN } from '../../own-files.ts'
import { readVersion } from '../../release.ts'
import type { Options } from './definition.ts'

export async function run(_: Options, { io, json, out }: Context): Promise<ExitCode> {
  const version = readVersion()
  if (!json) {
    await out.write(`${version}\n`)
    return EXIT.ok
  }
  const { platform, arch, versions, execPath } = process
  const folders = {
    config: folderOrNull(() => configFolder({ platform, env: io.env, home: homeFolder() })),
    state: folderOrNull(() => userStateFolder(io.env)),
  }
  const facts = {
    version,
    node: versions.node,
    platform,
    arch,
    program: OWN_BIN,
    execPath,
    folders,
  }
  await out.write(`${JSON.stringify(facts)}\n`)
  return EXIT.ok
}

/** A machine may have no such folder, which is no reason to show nothing. */
function folderOrNull(find: () => string): string | null {
  try {
    return find()
  } catch {
    return null
  }
}
