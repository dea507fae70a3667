import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { TABLE } from '../../options/arguments.ts'
import { htmlOptions } from '../../options/html.ts'
import { parseCount } from '../../options/parse-count.ts'
import { conditionOptions, selectOption } from '../../options/records.ts'

const NOTES = `Accuracy:
  Up to 10,000 different values per column, everything is exact for the records read. Beyond that,
  memory stays bounded: the number of different values is an estimate ("about", within some 1%),
  counts of frequent values are "at least", and values that differ only in letter case, or that
  occur twice in a column of unique values, are detected only among the values still counted.
  Of numbers and times: mean, standard deviation (of a sample) and quantiles, interpolated. Up to
  10,000 values the quantiles are exact; beyond that ("about") they come from a t-digest, and the
  rank of each is within some 0.1%. The histogram divides the range into 20 equal parts; its columns
  are scaled to the fullest part. A bar is the share of all values that are not null.
  Suspicious values are not an error: they do not change the exit code.
  The page of --html and --open also shows the changes over time, from the journal of this machine.`

export const definition = defineCommand({
  name: 'profile',
  about: 'summarize the values of each column',
  arguments: [TABLE],
  options: [
    ...conditionOptions,
    ...selectOption,
    {
      flags: '--sample <n>',
      about: 'number of records to read, in evenly spread runs',
      parse: parseCount,
      defaultText: 'all',
    },
    {
      flags: '--top <n>',
      about: 'number of most frequent values to show',
      parse: parseCount,
      default: 5,
    },
    ...htmlOptions,
  ],
  notes: NOTES,
  examples: [
    {
      command: 'clt profile airports',
      about: 'fill, range, statistics, frequent and suspicious values',
    },
    {
      command: `clt profile airports --where "state = NY" --select city,latitude --top 10`,
      about: 'some columns of some records',
    },
    {
      command: 'clt profile airports --sample 1000 --json',
      about: 'a sample of a large table, for a script',
    },
    { command: 'clt profile airports --html profile.html', about: 'as a page with charts' },
  ],
})

export type Options = OptionsOf<typeof definition>
