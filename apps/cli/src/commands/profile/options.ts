/** The options of `clt profile`. */
import { type Command, Option } from 'commander'
import { addConditions, parseCount, repeatable } from '../../options.ts'

export interface ProfileFlags {
  readonly select: readonly string[]
  readonly sample?: number
  readonly top: number
}

export function addProfileOptions(command: Command): Command {
  return addConditions(command)
    .addOption(repeatable('--select <columns>', 'only these columns, with commas between'))
    .addOption(
      new Option('--sample <n>', 'look at so many records, in runs spread evenly').argParser(
        parseCount,
      ),
    )
    .addOption(
      new Option('--top <n>', 'so many of the most frequent values; 5 otherwise')
        .argParser(parseCount)
        .default(5),
    )
    .addHelpText('after', `\n${EXACTNESS}`)
}

const EXACTNESS = `How exact it is:
  Up to 10,000 different values of a column, everything is exact for the records looked at. Beyond
  that, memory stays bounded: "about" so many different values is an estimate (off by some 1%),
  the counts of frequent values are "at least", and values that differ in letter case, or stand
  twice in a column of unique ones, are looked for among those still told apart, or not at all.
  Suspicious values are a reason to look, no fault by themselves; they do not change the exit code.`
