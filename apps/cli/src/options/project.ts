/** Options of commands that work on `chatlayer.yaml`. */
import { defineOptions, type OptionValues } from '../define-command.ts'

export const projectFileOptions = defineOptions([
  {
    flags: '-f, --file <file>',
    about: 'the file',
    default: 'chatlayer.yaml',
    completes: 'file',
  },
  { flags: '--overlay <name>', about: 'overlay of the file, such as staging' },
])

export const onlyOption = defineOptions([
  {
    flags: '--only <syncs>',
    about: 'names of syncs, comma-separated',
    list: true,
    defaultText: 'all',
  },
])

export const allowOption = defineOptions([
  {
    flags: '--allow <limit>',
    about: 'another limit for this run, such as stores:deletes=50; can be repeated',
    list: true,
  },
])

export const outputOption = defineOptions([
  {
    flags: '-o, --output <file>',
    about: 'file to write',
    completes: 'file',
    defaultText: 'stdout',
  },
])

export type ProjectFileFlags = OptionValues<typeof projectFileOptions>
export type OnlyFlags = OptionValues<typeof onlyOption>

/** The names in `--only`; undefined for all. */
export function namesIn({ only }: OnlyFlags): readonly string[] | undefined {
  const names = only.flatMap((text) => text.split(',')).map((name) => name.trim())
  return names.length === 0 ? undefined : names.filter((name) => name !== '')
}
